#pragma once

#include <optional>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/change/change.h"

// pgoutput's messages as structs. Every length the server sends is checked here, and nowhere else.
// Pure: bytes in, structs out that point into them.
// Source: PostgreSQL documentation, "Logical Replication Message Formats".

namespace slotcast::pgoutput {

// The first byte of a message. Case tells some apart ('C' ends a transaction, 'c' a streamed one).
enum class Tag : char {
  Begin = 'B',
  Commit = 'C',
  Origin = 'O',
  Relation = 'R',
  Type = 'Y',
  Insert = 'I',
  Update = 'U',
  Delete = 'D',
  Truncate = 'T',
  Message = 'M',
  StreamStart = 'S',
  StreamStop = 'E',
  StreamCommit = 'c',
  StreamAbort = 'A',
};

inline Tag tag_of(Bytes message) {
  return message.empty() ? Tag{'\0'} : static_cast<Tag>(message[0]);
}

struct Begin {
  Lsn commit_lsn;  // where the commit record starts
  PgTime commit_time;
  std::uint32_t xid = 0;
};
struct Commit {
  Lsn commit_lsn;
  Lsn end_lsn;  // behind the commit record: what may be confirmed
  PgTime commit_time;
};

std::optional<Begin> parse_begin(Bytes message);
std::optional<Commit> parse_commit(Bytes message);

// In a streamed transaction (protocol 2) messages about rows and relations carry the id of the
// subtransaction behind the tag; whoever walks a stream knows which kind stands before it.
enum class Framing { Whole, Streamed };

// The columns' type classes are those of the built-in types; a catalog may know better.
std::optional<Relation> parse_relation(Bytes message, Framing framing);
// The relation's id alone.
std::optional<RelationId> parse_relation_id(Bytes message, Framing framing);

// Comes before a relation with a column that is not of a built-in type. A domain's names those of
// the type behind it; "" is the schema of the built-in ones.
struct TypeName {
  std::uint32_t oid = 0;
  std::string_view schema;
  std::string_view name;
};
std::optional<TypeName> parse_type(Bytes message, Framing framing);

// Where the cells of a block's rows are put. Grows in large steps and is never shrunk, so that a
// row costs no more than its cells.
class CellArena {
 public:
  explicit CellArena(std::size_t expected) : cells_(expected) {}

  // Room for `count` more cells, all NULL; their place is the one `used()` gave before.
  Cell* take(std::size_t count) {
    if (cells_.size() - used_ < count) cells_.resize(2 * cells_.size() + count);
    used_ += static_cast<std::uint32_t>(count);
    return cells_.data() + used_ - count;
  }
  std::uint32_t used() const { return used_; }
  std::size_t size_bytes() const { return cells_.capacity() * sizeof(Cell); }
  Cell* data() { return cells_.data(); }
  const Cell* data() const { return cells_.data(); }

 private:
  std::vector<Cell> cells_;
  std::uint32_t used_ = 0;
};

// An Insert, Update or Delete. The cells were put into the caller's arena: `count` of them at each
// place; `old` is what stood behind 'K' or 'O'.
struct RowMessage {
  RelationId relation;
  char old_kind = '\0';  // 'K' key, 'O' whole old row, or none
  std::uint32_t old_at = 0, old_count = 0;
  std::uint32_t new_at = 0, new_count = 0;
};
bool parse_row(Bytes message, Framing framing, CellArena& arena, RowMessage& row);

// What an application put into the stream with pg_logical_emit_message().
struct LogicalMessage {
  bool transactional = false;
  Lsn lsn;  // its own
  std::string_view prefix;
  std::string_view content;
};
std::optional<LogicalMessage> parse_logical_message(Bytes message, Framing framing);

struct Truncate {
  std::vector<RelationId> relations;
};
std::optional<Truncate> parse_truncate(Bytes message, Framing framing);

}  // namespace slotcast::pgoutput
