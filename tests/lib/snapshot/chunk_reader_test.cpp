// Goal:   the chunks of a table are its rows, each once, in the order of its key, whatever that is.
// Method: a real server; the chunks' rows are held against a SELECT.
#include "lib/snapshot/chunk_reader.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "lib/pgoutput/message.h"
#include "tests/lib/pg/source.h"

using namespace slotcast;
using namespace slotcast::pg::test;
using namespace slotcast::snapshot;
using slotcast::test::Postgres;

namespace {

Status quietly() {
  return {};
}

std::string line_of(const std::vector<std::byte>& message) {
  pgoutput::CellArena arena(8);
  pgoutput::RowMessage row;
  REQUIRE(pgoutput::parse_row(message, pgoutput::Framing::Whole, arena, row));
  std::string line;
  for (std::uint32_t i = 0; i < row.new_count; ++i) {
    const Cell& cell = arena.data()[row.new_at + i];
    line += (line.empty() ? "" : "|") + (cell.is_null() ? "-" : std::string(cell.text()));
  }
  return line;
}

// As the chunker goes through a table; `chunks` counts them.
std::vector<std::string> read_all(ChunkReader& reader, Request request, std::size_t bytes_max,
                                  int& chunks) {
  std::vector<std::string> lines;
  for (chunks = 0; !request.is_read; ++chunks) {
    const ChunkRows read = must(reader.read(request, bytes_max, quietly));
    Window window;
    window.begin(read.relation);
    for (const auto& message : read.rows) {
      lines.push_back(line_of(message));
      window.add_row(message);
      request.after = window.last_key();
    }
    request.is_read = read.is_end;
  }
  return lines;
}

std::vector<std::string> select(const Postgres& server, const std::string& sql) {
  std::vector<std::string> lines;
  auto connection = connect(options_for(server));
  for (const auto& row : must(connection.query(sql))) {
    std::string line;
    for (const auto& field : row) line += (line.empty() ? "" : "|") + field.value_or("-");
    lines.push_back(line);
  }
  return lines;
}

Request of(const std::string& table) {
  Request request;
  request.schema = "public";
  request.table = table;
  return request;
}

}  // namespace

TEST_CASE("chunk reader: every row once, by keys of several columns and odd texts",
          "[snapshot][server]") {
  const Postgres server;
  server.psql(
      "CREATE TABLE odd (\"a b\" text, n int, v text, PRIMARY KEY (\"a b\", n));"
      "INSERT INTO odd SELECT E'x\\'\\\\ \\t' || repeat('ä', g % 7), g, NULL"
      " FROM generate_series(1, 3000) g; INSERT INTO odd VALUES ('', 0, ''), (' ', -1, 'y')");
  auto reader = must(ChunkReader::open(options_for(server)));
  int chunks = 0;
  const auto lines = read_all(reader, of("odd"), 5000, chunks);
  CHECK(chunks > 20);
  CHECK(lines == select(server, "SELECT * FROM odd ORDER BY 1, 2"));
}

TEST_CASE("chunk reader: partitions are the table, tables that inherit are not",
          "[snapshot][server]") {
  const Postgres server;
  server.psql(
      "CREATE TABLE p (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);"
      "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (500);"
      "CREATE TABLE p2 (v text, id int NOT NULL);"
      "ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM (500) TO (2000);"
      "INSERT INTO p SELECT g, 'p' FROM generate_series(1, 1000) g;"
      "CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child () INHERITS (parent);"
      "INSERT INTO parent VALUES (1), (2); INSERT INTO child VALUES (3)");
  auto reader = must(ChunkReader::open(options_for(server)));
  int chunks = 0;
  CHECK(read_all(reader, of("p"), 4000, chunks) == select(server, "SELECT * FROM p ORDER BY 1"));
  CHECK(read_all(reader, of("parent"), 4000, chunks) == std::vector<std::string>{"1", "2"});
}

TEST_CASE("chunk reader: only what a snapshot does not show, or the keys that are asked for",
          "[snapshot][server]") {
  const Postgres server;
  server.psql(
      "CREATE TABLE t (id int PRIMARY KEY, v text);"
      "INSERT INTO t SELECT g, 'old' FROM generate_series(1, 100) g");
  Request request = of("t");
  request.visible = select(server, "SELECT pg_current_snapshot()")[0];
  server.psql("UPDATE t SET v = 'new' WHERE id IN (5, 50); INSERT INTO t VALUES (200, 'new')");
  auto reader = must(ChunkReader::open(options_for(server)));
  int chunks = 0;
  CHECK(read_all(reader, request, 4000, chunks) ==
        std::vector<std::string>{"5|new", "50|new", "200|new"});
  Request again = of("t");
  again.is_read = true;
  again.again = {{"7"}, {"1000"}, {"50"}};
  const auto rows = must(reader.read(again, 4000, quietly)).rows;
  REQUIRE(rows.size() == 2);
  CHECK(line_of(rows[0]) == "7|old");
  CHECK(line_of(rows[1]) == "50|new");
}

TEST_CASE("chunk reader: a table without a key, or without itself, is Invalid",
          "[snapshot][server]") {
  const Postgres server;
  server.psql("CREATE TABLE nokey (a int)");
  auto reader = must(ChunkReader::open(options_for(server)));
  for (const char* table : {"nokey", "missing"}) {
    const auto refused = reader.read(of(table), 4000, quietly);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().kind == ErrorKind::Invalid);
  }
  // The connection goes on, outside of any transaction.
  CHECK(must(reader.newest_transaction()) > 0);
}
