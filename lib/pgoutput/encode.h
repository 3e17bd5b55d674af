#pragma once

#include <optional>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/change/relation.h"
#include "lib/pgoutput/message.h"

// Messages as the output plugin would send them, for rows that do not come through it: those of a
// snapshot. They go into the log like the others, and the decoder reads all alike.
// Source: PostgreSQL documentation, "Logical Replication Message Formats".

namespace slotcast::pgoutput {

std::vector<std::byte> encode(const Begin& begin);
std::vector<std::byte> encode(const Commit& commit);
std::vector<std::byte> encode(const Relation& relation);

// Appends the Insert message of one row of `COPY … TO STDOUT` in text format, without its newline,
// to `out`. The columns are those of `relation`, in its order. False, and nothing is appended, when
// the row has another number of columns or ends inside an escape.
// Source: PostgreSQL documentation, COPY, "Text Format".
bool append_insert(const Relation& relation, Bytes copy_row, std::vector<std::byte>& out);

// The same of cells, none of which is Unchanged.
void append_insert(RelationId relation, Cells row, std::vector<std::byte>& out);

// A mark among rows that were read: what is read from here to the next one replaces the table.
enum class Resync { Begin, End };
std::vector<std::byte> encode(Resync mark, RelationId relation);

}  // namespace slotcast::pgoutput
