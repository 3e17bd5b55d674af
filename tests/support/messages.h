#pragma once

#include <string>
#include <vector>

#include "lib/log/block.h"
#include "lib/log/writer.h"
#include "tests/support/script.h"

// pgoutput's messages of every kind as bytes, and blocks of the log that hold them. Written from
// PostgreSQL's documentation and not with the code under test.

namespace slotcast::test {

struct ColumnSpec {
  std::string name;
  std::uint32_t type_oid = 25;
  std::uint8_t flags = 0;  // 1: part of the key
};

// A cell as it travels: its kind byte, and its text behind 't'.
struct TupleCell {
  TupleCell(const char* text) : text(text) {}             // NOLINT: implicit, for lists of cells
  TupleCell(std::string text) : text(std::move(text)) {}  // NOLINT
  explicit TupleCell(char kind) : kind(kind) {}

  char kind = 't';
  std::string text;
};
inline const TupleCell kNullCell{'n'};
inline const TupleCell kUnchangedCell{'u'};
using Tuple = std::vector<TupleCell>;

Message relation_of(std::uint32_t oid, const std::string& schema, const std::string& table,
                    char identity, const std::vector<ColumnSpec>& columns);
Message insert_of(std::uint32_t oid, const Tuple& now);
// `old_kind` is 'K', 'O', or '-' for an update without an old tuple.
Message update_of(std::uint32_t oid, char old_kind, const Tuple& old, const Tuple& now);
Message delete_of(std::uint32_t oid, char old_kind, const Tuple& old);
Message truncate_of(const std::vector<std::uint32_t>& oids, std::uint8_t options);
Message type_of(std::uint32_t oid, const std::string& schema, const std::string& name);
Message origin_of(Lsn commit_lsn, const std::string& name);
Message logical_message_of(Lsn at, const std::string& prefix, const std::string& content,
                           bool is_transactional = true);
// The same message as a part of a streamed transaction.
Message streamed(const Message& message, std::uint32_t xid);

// Appends a message, whole and not streamed, as the kind of record it is in the log.
Status append_to(log::Writer& writer, const Message& message);

// Fills one block as the log's writer would, without a log.
class BlockBuilder {
 public:
  explicit BlockBuilder(Sequence first) { block_.header.first_record = first; }

  BlockBuilder& add(log::RecordType type, Bytes payload);
  // For Relation and Catalog records: the id, then the body.
  BlockBuilder& add_schema(log::RecordType type, std::uint32_t oid, Bytes body);
  // The kind of record follows from the message, as in the log.
  BlockBuilder& add_message(const Message& message);
  Sequence next() const { return block_.header.next_record(); }
  log::BlockPtr take();

 private:
  log::Block block_;
  std::vector<std::byte> payload_;
};

}  // namespace slotcast::test
