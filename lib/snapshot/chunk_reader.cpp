#include "lib/snapshot/chunk_reader.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "lib/base/clock.h"
#include "lib/pg/catalog.h"
#include "lib/pg/publication_table.h"
#include "lib/pg/table.h"
#include "lib/pgoutput/decoder.h"
#include "lib/pgoutput/encode.h"
#include "lib/snapshot/plan.h"
#include "lib/snapshot/window.h"

namespace slotcast::snapshot {
namespace {

constexpr Duration kReadMax = std::chrono::seconds(5);

// "(a, b)" of the key's columns, or of one key's values.
std::string tuple_of(const std::vector<std::string>& parts) {
  std::string text = "(";
  for (const std::string& part : parts) text += (text.size() > 1 ? ", " : "") + part;
  return text + ")";
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

bool SeenBy::misses(std::uint32_t xid) const {
  // Two transactions of one time are less than two billion apart.
  const std::uint32_t behind = static_cast<std::uint32_t>(end) - xid;
  const bool is_before = behind > 0 && behind < 0x80000000u;
  return !is_before || running.count(end - behind) > 0;
}

// "10:20:10,14,15": the lowest running, the first not yet started, those running.
std::optional<SeenBy> parse_seen_by(const std::string& text) {
  const std::size_t first = text.find(':');
  const std::size_t second = text.find(':', first + 1);
  if (first == std::string::npos || second == std::string::npos) return std::nullopt;
  const auto end = number(std::string_view(text).substr(first + 1, second - first - 1));
  if (!end) return std::nullopt;
  SeenBy seen{*end, {}};
  for (std::size_t at = second + 1; at < text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    const auto xid = number(std::string_view(text).substr(at, comma - at));
    if (!xid) return std::nullopt;
    seen.running.insert(*xid);
    at = comma + 1;
  }
  return seen;
}

Result<ChunkReader> ChunkReader::open(const pg::Options& options) {
  TRY_ASSIGN(auto connection, pg::Connection::open(options, pg::Connection::Mode::Sql));
  if (connection.server_version() < 140000) {
    return invalid(
        "reading a table while the stream runs takes PostgreSQL 14 or later: before, the stream "
        "has no logical messages");
  }
  // A marker that waits for a standby would stand in the stream all the same.
  TRY(connection.query("SET synchronous_commit = local").status());
  return ChunkReader(std::move(connection), options);
}

Result<std::vector<pg::SourceTable>> ChunkReader::tables() {
  TRY_ASSIGN(const auto published, pg::read_publications(connection_, options_));
  TRY_ASSIGN(auto tables, pg::list_tables(connection_));
  std::erase_if(tables, [&](const auto& table) { return !published.has(table.full_name()); });
  return tables;
}

Result<SeenBy> ChunkReader::seen_by() {
  TRY_ASSIGN(const pg::Rows rows, connection_.query("SELECT pg_catalog.pg_current_snapshot()"));
  const auto seen = parse_seen_by(rows[0][0].value_or(""));
  if (!seen) return corrupt("the server's snapshot cannot be read");
  return *seen;
}

Result<std::uint64_t> ChunkReader::newest_transaction() {
  TRY_ASSIGN(const pg::Rows rows, connection_.query("SELECT pg_catalog.pg_current_xact_id()"));
  const auto newest = number(rows[0][0].value_or(""));
  if (!newest) return corrupt("the server's transaction number cannot be read");
  return *newest;
}

Status ChunkReader::mark(const std::string& text) {
  return connection_
      .query("SELECT pg_catalog.pg_logical_emit_message(true, $1, $2)",
             {std::string(pgoutput::kMarkerPrefix), text})
      .status();
}

std::string ChunkReader::statement(const Request& request, const pg::Table& table) const {
  const Relation& relation = table.relation;
  std::vector<std::string> names;
  for (const std::size_t column : key_columns(relation)) {
    names.push_back(connection_.escape_identifier(relation.columns[column].name));
  }
  const auto literals = [&](const Key& key) {
    std::vector<std::string> values;
    for (const std::string& value : key) values.push_back(connection_.escape_literal(value));
    return tuple_of(values);
  };
  std::string where;
  if (request.is_read) {
    for (const Key& key : request.again) where += (where.empty() ? "" : ", ") + literals(key);
    where = tuple_of(names) + " IN (" + where + ")";
  } else if (!request.after.empty()) {
    where = tuple_of(names) + " > " + literals(request.after);
  }
  if (!request.visible.empty()) {
    where += (where.empty() ? "NOT " : " AND NOT ") + was_visible(connection_, request.visible);
  }
  std::string order = tuple_of(names);
  // A table that inherits from this one is a table of its own; a partition is not.
  const bool is_plain = table.parts.size() == 1 && table.parts[0].oid == relation.id.oid;
  return "COPY (SELECT " + pg::column_list(connection_, relation) +
         (is_plain ? " FROM ONLY " : " FROM ") + connection_.escape_identifier(relation.schema) +
         "." + connection_.escape_identifier(relation.table) +
         (where.empty() ? "" : " WHERE " + where) + " ORDER BY " +
         order.substr(1, order.size() - 2) + ") TO STDOUT";
}

// The lock keeps the table as it is until the transaction ends.
Result<pg::Table> ChunkReader::describe_in_transaction(const Request& request, ChunkRows& chunk) {
  TRY(connection_
          .query("LOCK TABLE " + connection_.escape_identifier(request.schema) + "." +
                 connection_.escape_identifier(request.table) + " IN ACCESS SHARE MODE")
          .status());
  TRY_ASSIGN(pg::Table table, pg::read_table(connection_, request.schema, request.table));
  TRY(pg::keep_published(connection_, options_, table.relation));
  chunk.relation = table.relation;
  TRY_ASSIGN(chunk.catalog, pg::read_catalog(connection_, chunk.relation));
  if (key_columns(chunk.relation).empty()) {
    return invalid("it has no primary key and no replica identity index");
  }
  return table;
}

Status ChunkReader::read_in_transaction(const Request& request, std::size_t bytes_max,
                                        const pg::CopyOut::Waiting& waiting, ChunkRows& chunk) {
  TRY_ASSIGN(const pg::Table table, describe_in_transaction(request, chunk));
  TRY_ASSIGN(chunk.seen_by, seen_by());
  TRY_ASSIGN(pg::CopyOut rows, pg::CopyOut::start(connection_, statement(request, table), waiting));
  std::size_t bytes = 0;
  const SystemClock clock;
  const auto is_enough = [&, began = clock.now()] {
    // The log keeps all that commits meanwhile: one whose rows are far between ends earlier.
    const bool is_late = clock.now() - began >= kReadMax;
    return bytes >= bytes_max || (is_late && !request.is_read && !chunk.rows.empty());
  };
  while (!is_enough()) {
    TRY_ASSIGN(const auto row, rows.next());
    chunk.is_end = !row;
    if (!row) return {};
    std::vector<std::byte> message;
    if (!pgoutput::append_insert(chunk.relation, *row, message)) {
      return corrupt("the server's COPY of " + chunk.relation.full_name() + " has a malformed row");
    }
    bytes += message.size() + sizeof message;
    chunk.rows.push_back(std::move(message));
  }
  return rows.cancel();
}

Result<ChunkRows> ChunkReader::in_transaction(const std::function<Status(ChunkRows&)>& step) {
  ChunkRows chunk;
  TRY(connection_.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").status());
  Status done = step(chunk);
  const Status ended = connection_.query("ROLLBACK").status();
  if (!done.ok()) return done.error();
  if (!ended.ok()) return ended.error();
  return chunk;
}

Result<ChunkRows> ChunkReader::describe(const Request& request) {
  return in_transaction(
      [&](ChunkRows& chunk) { return describe_in_transaction(request, chunk).status(); });
}

Result<ChunkRows> ChunkReader::read(const Request& request, std::size_t bytes_max,
                                    const pg::CopyOut::Waiting& waiting) {
  return in_transaction(
      [&](ChunkRows& chunk) { return read_in_transaction(request, bytes_max, waiting, chunk); });
}

}  // namespace slotcast::snapshot
