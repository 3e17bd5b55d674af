#include "lib/branch/letter_reader.h"

#include <simdjson.h>

#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "lib/branch/letter_key.h"
#include "lib/sink/encode/read_columns.h"

namespace slotcast::branch {
namespace {

using simdjson::dom::element;
using sink::Members;

}  // namespace

struct LetterReader::State {
  simdjson::dom::parser parser;
  std::deque<std::string> owned;                           // texts that JSON had no form for
  std::string wrong;                                       // the first key that did not fit
  std::unordered_map<std::string, RelationPtr> relations;  // by their JSON
  Change change;
  std::vector<Cell> cells;

  Members members(element object) { return {object, owned, wrong}; }
  const Relation* relation_of(element table);
  std::size_t add_cells(element root, const char* key, const Relation& relation);
};

const Relation* LetterReader::State::relation_of(element table) {
  RelationPtr& known = relations[simdjson::minify(table)];
  if (known) return known.get();
  Members in = members(table);
  Relation relation;
  relation.version = next_relation_version();
  relation.schema = in.text("schema");
  relation.table = in.text("name");
  relation.id.oid = in.number<std::uint32_t>("oid");
  relation.replica_identity = in.letter("identity");
  relation.is_full_in_part = in.flag("full_in_part");
  relation.columns = sink::read_columns(in, "columns");
  // What is damaged is not kept for the lines to come.
  const auto made = std::make_shared<const Relation>(std::move(relation));
  if (!wrong.empty()) {
    relations.erase(simdjson::minify(table));
    return nullptr;
  }
  known = made;
  return known.get();
}

// How many; none when the change has no such row.
std::size_t LetterReader::State::add_cells(element root, const char* key,
                                           const Relation& relation) {
  element row;
  if (root[key].get(row) != simdjson::SUCCESS) return 0;
  simdjson::dom::object object;
  Members in = members(row);
  if (row.get_object().get(object) != simdjson::SUCCESS) {
    in.fail(key);
    return 0;
  }
  const LetterKeys keys(relation);
  std::size_t found = 0;
  for (const Column& column : relation.columns) {
    Cell& cell = cells.emplace_back();
    cell.kind = Cell::Kind::Unchanged;
    element value;
    if (object.at_key(keys.key_of(column)).get(value) != simdjson::SUCCESS) continue;
    ++found;
    cell.kind = value.is_null() ? Cell::Kind::Null : Cell::Kind::Text;
    std::string_view text;
    if (cell.is_null()) continue;
    if (!in.take_text(value, text)) in.fail(column.name);
    cell.data = text.data();
    cell.size = static_cast<std::uint32_t>(text.size());
  }
  // What nobody has a place for would be lost without a word.
  if (found != object.size()) in.fail(key);
  return relation.columns.size();
}

LetterReader::LetterReader() : state_(std::make_unique<State>()) {}
LetterReader::~LetterReader() = default;

Result<Letter> LetterReader::read(std::string_view line) {
  State& state = *state_;
  state.owned.clear();
  state.wrong.clear();
  state.cells.clear();
  element root;
  if (state.parser.parse(line.data(), line.size()).get(root) != simdjson::SUCCESS) {
    return corrupt("not JSON");
  }
  element table;
  if (root["table"].get(table) != simdjson::SUCCESS) return corrupt("no letter: no \"table\"");
  Members in = state.members(root);
  Change& change = state.change;
  change = {};
  change.relation = state.relation_of(table);
  if (change.relation == nullptr) return corrupt("\"" + state.wrong + "\" is missing or damaged");
  change.operation = static_cast<Operation>(in.letter("op"));
  change.id = {in.lsn("lsn"), in.number<std::uint64_t>("seq")};
  change.commit_time = in.time("ts");
  change.xid = in.number<std::uint32_t>("xid");
  const std::size_t row = state.add_cells(root, "row", *change.relation);
  const std::size_t old = state.add_cells(root, "old", *change.relation);
  change.row = std::span(state.cells).first(row);
  change.old = std::span(state.cells).subspan(row, old);
  Letter letter;
  letter.change = &change;
  letter.at = WallTime(std::chrono::microseconds(unix_microseconds(in.time("at"))));
  letter.batch = in.number<std::uint64_t>("batch");
  letter.route = in.text("route");
  letter.target = in.text("target");
  letter.sqlstate = in.text("sqlstate");
  letter.error = in.text("error");
  if (!state.wrong.empty()) return corrupt("\"" + state.wrong + "\" is missing or damaged");
  return letter;
}

}  // namespace slotcast::branch
