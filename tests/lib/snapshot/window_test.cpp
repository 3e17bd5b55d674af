// Goal:   at a chunk's second marker its rows and the stream's changes together are the table.
// Method: a model of a table with a long column; random changes before and after the moment the
//         chunk is read, the stream leaving out long values that did not change. A sink that only
//         has what the stream and the window gave must hold what the model holds.
#include "lib/snapshot/window.h"

#include <catch2/catch.hpp>

#include "lib/base/random.h"
#include "lib/pgoutput/encode.h"
#include "lib/pgoutput/message.h"

using namespace slotcast;
using snapshot::Key;
using snapshot::Window;

namespace {

struct Row {
  std::string small, big;
  bool operator==(const Row&) const = default;
};
using Table = std::map<std::string, Row>;

Relation relation_of_table() {
  Relation relation;
  relation.id = {16384};
  relation.schema = "public";
  relation.table = "t";
  for (const char* name : {"id", "small", "big"}) {
    Column column;
    column.name = name;
    column.is_key = relation.columns.empty();
    relation.columns.push_back(column);
  }
  return relation;
}

Cell text(const std::string& value) {
  return {value.data(), static_cast<std::uint32_t>(value.size()), Cell::Kind::Text};
}
Cell unchanged() {
  return {nullptr, 0, Cell::Kind::Unchanged};
}

// What a sink with a key does with what it gets; a value that is left out stays as it was.
class Sink {
 public:
  void take(const Change& change) {
    if (change.operation == Operation::Truncate) {
      rows.clear();
      return;
    }
    const std::string key(change.row[0].text());
    if (change.operation == Operation::Delete) {
      rows.erase(key);
      return;
    }
    Row& row = rows[key];
    row.small = change.row[1].text();
    if (!change.row[2].is_unchanged()) row.big = change.row[2].text();
  }
  void read(const std::vector<std::byte>& message) {
    pgoutput::CellArena arena(3);
    pgoutput::RowMessage row;
    REQUIRE(pgoutput::parse_row(message, pgoutput::Framing::Whole, arena, row));
    const Cell* cells = arena.data() + row.new_at;
    rows[std::string(cells[0].text())] = {std::string(cells[1].text()),
                                          std::string(cells[2].text())};
  }
  Table rows;
};

// The table, and who hears of its changes.
class Model {
 public:
  Model(std::uint64_t seed, Sink& sink, Window& window)
      : random_(seed), sink_(sink), window_(window) {}

  std::string id() { return std::to_string(random_.next() % 12); }
  void silent_insert() { table[id()] = {"s" + next(), "b" + next()}; }

  void change() {
    const std::string key = id();
    const std::uint64_t dice = random_.next() % 20;
    const auto found = table.find(key);
    if (dice == 0) {
      table.clear();
      tell(Operation::Truncate, {}, {});
    } else if (found == table.end()) {
      table[key] = {"s" + next(), "b" + next()};
      tell_row(Operation::Create, key, false, nullptr);
    } else if (dice < 5) {
      tell(Operation::Delete, {text(key), Cell(), Cell()}, {});
      table.erase(key);
    } else if (dice < 9) {
      move(key);
    } else {
      found->second.small = "s" + next();
      const bool keeps_big = dice < 16;
      if (!keeps_big) found->second.big = "b" + next();
      tell_row(Operation::Update, key, keeps_big, nullptr);
    }
  }

  Table table;
  bool is_seen = true;  // by the chunk's snapshot

 private:
  std::string next() { return std::to_string(++count_); }

  void move(const std::string& from) {
    const std::string to = id();
    if (table.count(to) > 0) return;
    table[to] = table[from];
    table.erase(from);
    tell(Operation::Delete, {text(from), Cell(), Cell()}, {});
    tell_row(Operation::Create, to, true, &from);
  }

  void tell_row(Operation operation, const std::string& key, bool keeps_big,
                const std::string* from) {
    const Row& row = table[key];
    tell(operation, {text(key), text(row.small), keeps_big ? unchanged() : text(row.big)},
         from == nullptr ? std::vector<Cell>() : std::vector<Cell>{text(*from), Cell(), Cell()});
  }

  void tell(Operation operation, const std::vector<Cell>& row, const std::vector<Cell>& old) {
    Change change;
    change.operation = operation;
    change.relation = &relation_;
    change.row = row;
    change.old = old;
    sink_.take(change);
    REQUIRE(window_.take(change, is_seen));
  }

  SeededRandom random_;
  const Relation relation_ = relation_of_table();
  Sink& sink_;
  Window& window_;
  std::uint64_t count_ = 0;
};

std::vector<std::byte> message_of(const std::string& key, const Row& row) {
  std::vector<std::byte> message;
  const std::vector<Cell> cells{text(key), text(row.small), text(row.big)};
  pgoutput::append_insert(RelationId{16384}, cells, message);
  return message;
}

}  // namespace

TEST_CASE("window: chunk and stream together are the table", "[snapshot]") {
  const std::uint64_t seed = GENERATE(range<std::uint64_t>(1, 2001));
  INFO("seed " << seed);
  Sink sink;
  Window window;
  Model model(seed, sink, window);
  for (int i = 0; i < 8; ++i) model.silent_insert();
  // What a marker's transaction has before it, the sink has from the stream alone.
  std::vector<std::pair<std::string, Row>> read;
  const std::uint64_t before = seed % 7, after = seed / 7 % 7;
  // The window's changes come first, but are looked at when the chunk is there: so twice.
  Window unused;
  Model rehearsal(seed, sink, unused);
  for (int i = 0; i < 8; ++i) rehearsal.silent_insert();
  for (std::uint64_t i = 0; i < before; ++i) rehearsal.change();
  window.begin(relation_of_table());
  for (const auto& [key, row] : rehearsal.table) window.add_row(message_of(key, row));
  sink.rows.clear();
  for (std::uint64_t i = 0; i < before + after; ++i) {
    model.is_seen = i < before;
    model.change();
  }
  const std::set<Key> unknown = window.unknown();
  for (const auto& message : window.end()) sink.read(message);
  for (const Key& key : unknown) {
    if (model.table.count(key[0]) > 0) sink.rows[key[0]] = model.table[key[0]];
  }
  std::string difference;
  for (const auto& [key, row] : model.table) {
    const Row got = sink.rows.count(key) > 0 ? sink.rows[key] : Row();
    if (!(got == row))
      difference +=
          key + ": " + got.small + " " + got.big + ", wanted " + row.small + " " + row.big + "; ";
  }
  for (const auto& [key, row] : sink.rows) {
    if (model.table.count(key) == 0) difference += key + " should not be there; ";
  }
  CHECK(difference == "");
}

TEST_CASE("window: another set of columns asks for the chunk again", "[snapshot]") {
  Window window;
  window.begin(relation_of_table());
  window.add_row(message_of("1", {"s", "b"}));
  CHECK(window.last_key() == Key{"1"});
  Relation other = relation_of_table();
  other.columns[1].name = "renamed";
  const std::vector<Cell> cells{text("1"), text("s"), text("b")};
  Change change;
  change.operation = Operation::Update;
  change.relation = &other;
  change.row = cells;
  CHECK_FALSE(window.take(change, true));
}

TEST_CASE("window: the key is the identity's, or the primary key of whole old rows", "[snapshot]") {
  Relation relation = relation_of_table();
  CHECK(snapshot::key_columns(relation) == std::vector<std::size_t>{0});
  relation.replica_identity = 'f';
  for (Column& column : relation.columns) column.is_key = true;
  CHECK(snapshot::key_columns(relation).empty());
  relation.columns[2].is_primary_key = true;
  CHECK(snapshot::key_columns(relation) == std::vector<std::size_t>{2});
}
