#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "lib/change/lsn.h"
#include "lib/change/relation.h"

// What happened to one row, as readers of the durable log see it. Everything here points into a
// decoded block and is valid as long as the block is.

namespace slotcast {

// One column of one row. Unchanged is "the server did not send it" (an unchanged TOAST value, or
// what is not in an old key): it is never NULL and never a marker text.
struct Cell {
  enum class Kind : std::uint8_t { Null, Unchanged, Text };

  const char* data = nullptr;
  std::uint32_t size = 0;
  Kind kind = Kind::Null;

  std::string_view text() const { return {data, size}; }
  bool is_null() const { return kind == Kind::Null; }
  bool is_unchanged() const { return kind == Kind::Unchanged; }
};

using Cells = std::span<const Cell>;

enum class Operation : char {
  Create = 'c',    // INSERT
  Update = 'u',    // UPDATE
  Delete = 'd',    // DELETE
  Read = 'r',      // a row of a snapshot
  Truncate = 't',  // TRUNCATE of the whole table
  // Rows that stand between the two replace what the sink has of the table.
  ResyncBegin = 'b',
  ResyncEnd = 'e',
  // What an application put into the stream: a row of message_relation().
  Message = 'm',
};

// The identity of a change at the source: (commit LSN, ordinal). Row LSNs are neither unique nor
// monotonic and are not kept. `ordinal` counts the surviving changes of the transaction from 1,
// messages of applications among them; an UPDATE that changes the key counts two (the Delete of the
// old key, the Create of the new).
struct ChangeId {
  Lsn commit_lsn;
  std::uint64_t ordinal = 0;
  auto operator<=>(const ChangeId&) const = default;
};

struct Change {
  Operation operation = Operation::Create;
  ChangeId id;
  PgTime commit_time;
  std::uint32_t xid = 0;
  const Relation* relation = nullptr;
  // The new row; for Delete the old row or key: what is not in the key was not sent. Empty for
  // Truncate and the marks of a resync.
  Cells row;
  Cells old;  // the old row (identity full) or old key (key changed), where the server sent one
};

}  // namespace slotcast
