#include "lib/pgoutput/message.h"

#include "lib/change/types.h"

namespace slotcast::pgoutput {
namespace {

PgTime time_of(ByteReader& in) {
  return {static_cast<std::int64_t>(in.be<std::uint64_t>())};
}

ByteReader after_tag(Bytes message, Framing framing) {
  ByteReader in(message);
  in.take(1);
  if (framing == Framing::Streamed) in.take(4);
  return in;
}

struct Cursor {
  const std::byte* at;
  const std::byte* end;

  bool has(std::size_t count) const { return static_cast<std::size_t>(end - at) >= count; }
};

// This is where the decoder spends its time: everything in registers, one check per step.
bool parse_tuple(Cursor& in, CellArena& arena, std::uint32_t& first, std::uint32_t& count) {
  if (!in.has(2)) return false;
  count = load_be<std::uint16_t>(in.at);
  first = arena.used();
  Cell* cell = arena.take(count);
  const std::byte* at = in.at + 2;
  const std::byte* const end = in.end;
  for (Cell* const last = cell + count; cell != last; ++cell) {
    if (at == end) return false;
    const auto kind = static_cast<char>(*at++);
    if (kind == 't') [[likely]] {
      if (end - at < 4) return false;
      const auto size = load_be<std::uint32_t>(at);
      at += 4;
      if (size > static_cast<std::size_t>(end - at)) return false;
      cell->data = reinterpret_cast<const char*>(at);
      cell->size = size;
      cell->kind = Cell::Kind::Text;
      at += size;
    } else if (kind == 'u') {
      cell->kind = Cell::Kind::Unchanged;
    } else if (kind != 'n') {
      return false;
    }
  }
  in.at = at;
  return true;
}

}  // namespace

std::optional<Begin> parse_begin(Bytes message) {
  ByteReader in(message);
  if (static_cast<Tag>(in.be<std::uint8_t>()) != Tag::Begin) return std::nullopt;
  Begin begin;
  begin.commit_lsn = {in.be<std::uint64_t>()};
  begin.commit_time = time_of(in);
  begin.xid = in.be<std::uint32_t>();
  if (!in.ok() || in.remaining() != 0) return std::nullopt;
  return begin;
}

std::optional<Commit> parse_commit(Bytes message) {
  ByteReader in(message);
  if (static_cast<Tag>(in.be<std::uint8_t>()) != Tag::Commit) return std::nullopt;
  in.take(1);  // flags, always 0
  Commit commit;
  commit.commit_lsn = {in.be<std::uint64_t>()};
  commit.end_lsn = {in.be<std::uint64_t>()};
  commit.commit_time = time_of(in);
  if (!in.ok() || in.remaining() != 0) return std::nullopt;
  return commit;
}

std::optional<RelationId> parse_relation_id(Bytes message, Framing framing) {
  if (tag_of(message) != Tag::Relation) return std::nullopt;
  ByteReader in = after_tag(message, framing);
  const RelationId id{in.be<std::uint32_t>()};
  if (!in.ok()) return std::nullopt;
  return id;
}

std::optional<Relation> parse_relation(Bytes message, Framing framing) {
  if (tag_of(message) != Tag::Relation) return std::nullopt;
  ByteReader in = after_tag(message, framing);
  Relation relation;
  relation.id = {in.be<std::uint32_t>()};
  relation.schema = std::string(in.c_string());
  if (relation.schema.empty()) relation.schema = "pg_catalog";
  relation.table = std::string(in.c_string());
  relation.replica_identity = static_cast<char>(in.be<std::uint8_t>());
  const auto count = in.be<std::uint16_t>();
  for (std::uint16_t i = 0; i < count && in.ok(); ++i) {
    Column column;
    column.is_key = (in.be<std::uint8_t>() & 1) != 0;
    column.name = std::string(in.c_string());
    column.type_oid = in.be<std::uint32_t>();
    column.type_modifier = static_cast<std::int32_t>(in.be<std::uint32_t>());
    column.type_class = type_class_of(column.type_oid);
    relation.columns.push_back(std::move(column));
  }
  if (!in.ok() || in.remaining() != 0) return std::nullopt;
  return relation;
}

std::optional<TypeName> parse_type(Bytes message, Framing framing) {
  if (tag_of(message) != Tag::Type) return std::nullopt;
  ByteReader in = after_tag(message, framing);
  TypeName type;
  type.oid = in.be<std::uint32_t>();
  type.schema = in.c_string();
  type.name = in.c_string();
  if (!in.ok() || in.remaining() != 0) return std::nullopt;
  return type;
}

bool parse_row(Bytes message, Framing framing, CellArena& arena, RowMessage& row) {
  const std::size_t skip = framing == Framing::Streamed ? 5 : 1;
  if (message.size() < skip + 5) return false;
  const Tag tag = tag_of(message);
  row.relation = {load_be<std::uint32_t>(message.data() + skip)};
  Cursor in{message.data() + skip + 4, message.data() + message.size()};
  auto part = static_cast<char>(*in.at++);
  row.old_kind = '\0';
  row.old_count = row.new_count = 0;
  if (tag != Tag::Insert && (part == 'K' || part == 'O')) {
    row.old_kind = part;
    if (!parse_tuple(in, arena, row.old_at, row.old_count)) return false;
    if (tag == Tag::Delete) return in.at == in.end;
    if (!in.has(1)) return false;
    part = static_cast<char>(*in.at++);
  }
  if (tag == Tag::Delete || part != 'N') return false;
  return parse_tuple(in, arena, row.new_at, row.new_count) && in.at == in.end;
}

std::optional<LogicalMessage> parse_logical_message(Bytes message, Framing framing) {
  if (tag_of(message) != Tag::Message) return std::nullopt;
  ByteReader in = after_tag(message, framing);
  LogicalMessage parsed;
  parsed.transactional = (in.be<std::uint8_t>() & 1) != 0;
  parsed.lsn = {in.be<std::uint64_t>()};
  parsed.prefix = in.c_string();
  const auto size = in.be<std::uint32_t>();
  if (!in.ok() || in.remaining() != size) return std::nullopt;
  parsed.content = as_text(in.take(size));
  return parsed;
}

std::optional<Truncate> parse_truncate(Bytes message, Framing framing) {
  if (tag_of(message) != Tag::Truncate) return std::nullopt;
  ByteReader in = after_tag(message, framing);
  const auto count = in.be<std::uint32_t>();
  in.take(1);  // CASCADE, RESTART IDENTITY: of no meaning to a reader of rows
  Truncate truncate;
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    truncate.relations.push_back({in.be<std::uint32_t>()});
  }
  if (!in.ok() || in.remaining() != 0) return std::nullopt;
  return truncate;
}

}  // namespace slotcast::pgoutput
