#include "lib/branch/letter_reader.h"

#include <simdjson.h>

#include <algorithm>
#include <deque>
#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

#include "lib/branch/letter_key.h"
#include "lib/change/catalog.h"
#include "lib/change/types.h"

namespace slotcast::branch {
namespace {

using simdjson::dom::element;

constexpr TypeClass kClasses[] = {TypeClass::Text,    TypeClass::Boolean, TypeClass::Integer,
                                  TypeClass::Decimal, TypeClass::Float,   TypeClass::Json};

// Walks one object. After the first member that does not fit ok() is false, and all later reads
// give zero or nothing, so that a reader may check once at its end.
class Members {
 public:
  Members(element object, std::deque<std::string>& owned, std::string& wrong)
      : object_(object), owned_(owned), wrong_(wrong) {}

  bool has(const char* key) const { return object_[key].error() == simdjson::SUCCESS; }
  std::string_view text(const char* key) {
    element value;
    std::string_view text;
    const bool fits = object_[key].get(value) == simdjson::SUCCESS && take_text(value, text);
    return fits ? text : fail(key);
  }
  char letter_or(const char* key, char usual) { return has(key) ? letter(key) : usual; }
  template <class T>
  T number_or(const char* key, T usual) {
    return has(key) ? number<T>(key) : usual;
  }
  std::vector<std::string> texts(const char* key) {
    std::vector<std::string> all;
    simdjson::dom::array array;
    if (object_[key].get_array().get(array) != simdjson::SUCCESS) {
      fail(key);
      return all;
    }
    for (const element each : array) {
      std::string_view text;
      if (!take_text(each, text)) fail(key);
      all.emplace_back(text);
    }
    return all;
  }
  template <class T>
  T number(const char* key) {
    std::int64_t value = 0;
    if (object_[key].get_int64().get(value) != simdjson::SUCCESS || !std::in_range<T>(value)) {
      fail(key);
      return {};
    }
    return static_cast<T>(value);
  }
  char letter(const char* key) {
    const std::string_view one = text(key);
    if (one.size() == 1) return one[0];
    fail(key);
    return '\0';
  }
  PgTime time(const char* key) {
    const auto time = parse_iso8601(text(key));
    if (!time) fail(key);
    return time.value_or(PgTime{});
  }
  Lsn lsn(const char* key) {
    const auto lsn = parse_lsn(text(key));
    if (!lsn) fail(key);
    return lsn.value_or(Lsn{});
  }
  bool flag(const char* key) {
    bool value = false;
    return object_[key].get_bool().get(value) == simdjson::SUCCESS && value;
  }
  std::string_view fail(std::string_view key) {
    if (wrong_.empty()) wrong_ = key;
    return {};
  }
  // A text, or the bytes of one that is not UTF-8.
  bool take_text(element value, std::string_view& text) {
    if (value.get_string().get(text) == simdjson::SUCCESS) return true;
    std::string_view digits;
    if (value["hex"].get_string().get(digits) != simdjson::SUCCESS) return false;
    auto bytes = parse_hex(digits);
    if (!bytes) return false;
    text = owned_.emplace_back(std::move(*bytes));
    return true;
  }

 private:
  element object_;
  std::deque<std::string>& owned_;
  std::string& wrong_;
};

TypeClass class_of(Members& members) {
  const std::string_view name = members.text("class");
  const auto* found = std::find_if(std::begin(kClasses), std::end(kClasses),
                                   [&](TypeClass one) { return name_of(one) == name; });
  if (found != std::end(kClasses)) return *found;
  members.fail("class");
  return TypeClass::Text;
}

Collation collation_of(Members& members) {
  const char letter = members.letter_or("collation", static_cast<char>(Collation::None));
  if (!is_collation(letter)) members.fail("collation");
  return static_cast<Collation>(letter);
}

// As put_reading() in letter.cpp leaves things out.
void take_reading(Members& members, Column& column) {
  if (!members.has("type_name")) return;
  column.base_oid = members.number_or<std::uint32_t>("base", column.type_oid);
  column.base_modifier = members.number_or<std::int32_t>("base_modifier", column.type_modifier);
  column.base_kind = members.letter_or("base_kind", 'b');
  column.collation = collation_of(members);
  TypeWords words{std::string(members.text("type_name")), {}};
  if (members.has("labels")) words.enum_labels = members.texts("labels");
  column.words = std::make_shared<const TypeWords>(std::move(words));
}

Column column_of(Members members) {
  Column column;
  column.name = members.text("name");
  column.type_oid = members.number<std::uint32_t>("type");
  column.type_modifier = members.number<std::int32_t>("modifier");
  column.type_class = class_of(members);
  take_reading(members, column);
  column.is_key = members.flag("key");
  column.is_primary_key = members.flag("primary_key");
  return column;
}

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
  simdjson::dom::array columns;
  if (table["columns"].get_array().get(columns) != simdjson::SUCCESS) in.fail("columns");
  for (const element column : columns) relation.columns.push_back(column_of(members(column)));
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
