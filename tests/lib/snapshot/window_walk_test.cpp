// Goal:   a table that is read in many chunks, some of them in vain, is whole at the sink at the
//         end, whatever keys move between what is read and what is not.
// Method: a model of a table with a long column, read as the chunker does it: chunks in the order
//         of the key, rows of which a value is not known by their key at the end; random changes
//         between and within the windows, the stream leaving out long values that did not change.
#include <catch2/catch.hpp>
#include <deque>

#include "lib/base/random.h"
#include "lib/pgoutput/encode.h"
#include "lib/pgoutput/message.h"
#include "lib/snapshot/window.h"

using namespace slotcast;
using snapshot::Key;
using snapshot::Window;

namespace {

struct Row {
  std::string small, big;
  bool operator==(const Row&) const = default;
};
using Table = std::map<std::string, Row>;

Relation make_relation() {
  Relation relation;
  relation.id = {16384};
  relation.schema = "public";
  relation.table = "t";
  for (const char* name : {"id", "small", "big"}) {
    relation.columns.emplace_back().name = name;
    relation.columns.back().is_key = relation.columns.size() == 1;
  }
  return relation;
}
const Relation kRelation = make_relation();

Cell text(const std::string& value) {
  return {value.data(), static_cast<std::uint32_t>(value.size()), Cell::Kind::Text};
}

// One change as the stream has it; no big: it did not change.
struct Told {
  Operation operation = Operation::Create;
  std::string key, small, old_key;
  std::optional<std::string> big;

  void give(const std::function<void(const Change&)>& take) const {
    const Cell unchanged{nullptr, 0, Cell::Kind::Unchanged};
    const std::vector<Cell> row{text(key), operation == Operation::Delete ? unchanged : text(small),
                                big ? text(*big) : unchanged};
    const std::vector<Cell> old{text(old_key), unchanged, unchanged};
    Change change;
    change.operation = operation;
    change.relation = &kRelation;
    change.row = row;
    if (!old_key.empty()) change.old = old;
    take(change);
  }
};

class Walk {
 public:
  explicit Walk(std::uint64_t seed) : random_(seed) {
    for (int i = 0; i < 25; ++i) table_[id()] = {next(), next()};
  }

  void run() {
    while (!(is_read_ && again_.empty())) chunk();
    CHECK(sink_ == table_);
  }

 private:
  std::uint64_t dice(std::uint64_t sides) { return random_.next() % sides; }
  std::string id() { return std::to_string(100 + dice(40)); }
  std::string next() { return std::to_string(++count_); }

  // The table changes; what the stream says of it.
  std::vector<Told> changes(std::uint64_t count) {
    std::vector<Told> told;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::string key = id();
      const auto found = table_.find(key);
      if (found == table_.end()) {
        table_[key] = {next(), next()};
        told.push_back({Operation::Create, key, table_[key].small, "", table_[key].big});
      } else if (dice(4) == 0) {
        table_.erase(found);
        told.push_back({Operation::Delete, key, "", "", std::nullopt});
      } else if (const std::string to = id(); dice(2) == 0 && table_.count(to) == 0) {
        const Row row = found->second;
        table_.erase(found);
        table_[to] = row;
        told.push_back({Operation::Delete, key, "", "", std::nullopt});
        told.push_back({Operation::Create, to, row.small, key, std::nullopt});
      } else {
        found->second.small = next();
        told.push_back({Operation::Update, key, found->second.small, "", std::nullopt});
      }
    }
    return told;
  }

  void give(const std::vector<Told>& told, bool is_seen) {
    for (const Told& one : told) {
      one.give([&](const Change& change) {
        REQUIRE(window_.take(change, is_seen));
        take(change);
      });
    }
  }

  void take(const Change& change) {
    const std::string key(change.row[0].text());
    if (change.operation == Operation::Delete) {
      sink_.erase(key);
      return;
    }
    sink_[key].small = change.row[1].text();
    if (!change.row[2].is_unchanged()) sink_[key].big = change.row[2].text();
  }

  void read(const std::vector<std::byte>& message) {
    pgoutput::CellArena arena(3);
    pgoutput::RowMessage row;
    REQUIRE(pgoutput::parse_row(message, pgoutput::Framing::Whole, arena, row));
    const Cell* cells = arena.data() + row.new_at;
    sink_[std::string(cells[0].text())] = {std::string(cells[1].text()),
                                           std::string(cells[2].text())};
  }

  // What the snapshot shows of what is asked for.
  std::vector<std::pair<std::string, Row>> rows_of(const Table& table, const std::set<Key>& batch,
                                                   bool& is_end) {
    std::vector<std::pair<std::string, Row>> rows;
    is_end = true;
    for (const auto& [key, row] : table) {
      const bool is_wanted = is_read_ ? batch.count({key}) > 0 : key > after_;
      if (!is_wanted) continue;
      if (!is_read_ && rows.size() == 4) {
        is_end = false;
        break;
      }
      rows.emplace_back(key, row);
    }
    return rows;
  }

  void chunk() {
    give(changes(dice(4)), true);
    std::set<Key> batch = again_;
    while (batch.size() > 2) batch.erase(std::prev(batch.end()));
    // A snapshot that does not see all that stands before the first marker is of no use.
    const bool saw = dice(3) != 0;
    const Table blind = table_;
    give(changes(saw ? 0 : 1 + dice(3)), saw);
    const std::set<Key> unknown_before = window_.unknown();
    if (is_read_) {
      std::set<Key> others = unknown_before;
      for (const Key& key : batch) others.erase(key);
      window_.set_unknown(others);
    }
    const std::vector<Told> seen = changes(dice(4));
    bool is_end = false;
    const auto rows = rows_of(saw ? table_ : blind, batch, is_end);
    window_.begin(kRelation);
    for (const auto& [key, row] : rows) {
      std::vector<std::byte> message;
      const std::vector<Cell> cells{text(key), text(row.small), text(row.big)};
      pgoutput::append_insert(kRelation.id, cells, message);
      window_.add_row(std::move(message));
    }
    give(seen, saw);
    give(changes(dice(4)), false);
    if (!saw) {
      window_.discard(unknown_before);
      again_ = window_.unknown();
      return;
    }
    const std::string last = rows.empty() ? after_ : rows.back().first;
    for (const auto& message : window_.end()) read(message);
    again_ = window_.unknown();
    if (is_read_) return;
    after_ = last;
    is_read_ = is_end;
  }

  SeededRandom random_;
  Table table_, sink_;
  Window window_;
  std::string after_;
  bool is_read_ = false;
  std::set<Key> again_;
  std::uint64_t count_ = 0;
};

}  // namespace

TEST_CASE("window: a table read in many chunks, some in vain, is whole", "[snapshot]") {
  const std::uint64_t seed = GENERATE(range<std::uint64_t>(1, 3001));
  INFO("seed " << seed);
  Walk(seed).run();
}
