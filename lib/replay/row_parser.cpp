#include "lib/replay/row_parser.h"

#include <simdjson.h>

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "lib/replay/file_lines.h"
#include "lib/sink/encode/json_text.h"
#include "lib/sink/encode/meta.h"

namespace slotcast::replay {
namespace {

namespace ondemand = simdjson::ondemand;
using sink::Meta;

static_assert(FileLines::kPadding >= simdjson::SIMDJSON_PADDING);

constexpr Meta kMetas[] = {Meta::Op, Meta::Lsn, Meta::Seq, Meta::Ts, Meta::Xid};

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::string_view trimmed(std::string_view token) {
  while (!token.empty() && is_blank(token.back())) token.remove_suffix(1);
  return token;
}

std::optional<Operation> operation_of(std::string_view text) {
  constexpr std::string_view kLetters = "cudrtbe";
  if (text.size() != 1 || kLetters.find(text[0]) == kLetters.npos) return std::nullopt;
  return static_cast<Operation>(text[0]);
}

bool has_row(Operation operation) {
  return operation != Operation::Truncate && operation != Operation::ResyncBegin &&
         operation != Operation::ResyncEnd;
}

// json as it stands between its colon and what follows it, blanks included: PostgreSQL keeps them.
bool take_json(ondemand::value value, std::string_view& text) {
  text = value.raw_json_token();
  if (text.front() == '{') {
    ondemand::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) return false;
    if (object.raw_json().get(text) != simdjson::SUCCESS) return false;
  } else if (text.front() == '[') {
    ondemand::array array;
    if (value.get_array().get(array) != simdjson::SUCCESS) return false;
    if (array.raw_json().get(text) != simdjson::SUCCESS) return false;
  }
  const char* begin = text.data();
  while (is_blank(begin[-1])) --begin;
  text = {begin, static_cast<std::size_t>(text.data() + text.size() - begin)};
  return true;
}

}  // namespace

struct RowParser::State {
  ondemand::parser parser;
  RelationPtr relation;
  std::vector<std::string> keys;  // of the columns, as they stand between quotes
  std::string meta_keys[std::size(kMetas)];
  bool is_ours[std::size(kMetas)] = {};  // no column of the table has the name

  explicit State(RelationPtr of);
  Result<Change> parse(std::string_view line, Arena& arena);
  Status add(ondemand::field field, std::size_t& next, std::span<Cell> cells, Change& change,
             unsigned& found, Arena& arena);
  Status add_meta(ondemand::field field, Change& change, unsigned& found) const;
  static bool take_cell(ondemand::value value, TypeClass type_class, std::string_view& text);
  Status check_metas(unsigned found) const;
  bool needs_xid = false;
};

RowParser::State::State(RelationPtr of) : relation(std::move(of)) {
  const auto key_of = [](std::string_view name) {
    sink::Buffer quoted;
    if (!sink::append_json_string(quoted, name)) quoted.append("\"?\"");
    return std::string(quoted.text().substr(1, quoted.size() - 2));
  };
  for (const Column& column : relation->columns) keys.push_back(key_of(column.name));
  for (std::size_t i = 0; i < std::size(kMetas); ++i) {
    meta_keys[i] = sink::name_of(kMetas[i]);
    is_ours[i] = sink::clash_of(*relation, {kMetas[i]}) == nullptr;
  }
}

// The text of a value that is not null; false when it is none of the type's.
bool RowParser::State::take_cell(ondemand::value value, TypeClass type_class,
                                 std::string_view& text) {
  const std::string_view token = value.raw_json_token();
  const char first = token.front();
  switch (type_class) {
    case TypeClass::Boolean: {
      bool is_true = false;
      if (value.get_bool().get(is_true) != simdjson::SUCCESS) return false;
      text = is_true ? "t" : "f";
      return true;
    }
    case TypeClass::Decimal:
    case TypeClass::Float:
      if (first == '"') return value.get_string().get(text) == simdjson::SUCCESS;
      [[fallthrough]];
    case TypeClass::Integer:
      text = trimmed(token);
      return first == '-' || (first >= '0' && first <= '9');
    case TypeClass::Json:
      return take_json(value, text);
    case TypeClass::Text:
      return value.get_string().get(text) == simdjson::SUCCESS;
  }
  return false;
}

Status RowParser::State::add_meta(ondemand::field field, Change& change, unsigned& found) const {
  for (std::size_t i = 0; i < std::size(kMetas); ++i) {
    if (!is_ours[i] || !field.key().unsafe_is_equal(meta_keys[i])) continue;
    found |= 1u << i;
    ondemand::value value = field.value();
    std::string_view text;
    std::uint64_t number = 0;
    bool fits = false;
    if (kMetas[i] == Meta::Seq || kMetas[i] == Meta::Xid) {
      fits = value.get_uint64().get(number) == simdjson::SUCCESS;
    } else {
      fits = value.get_string().get(text) == simdjson::SUCCESS;
    }
    if (kMetas[i] == Meta::Op) {
      const auto operation = operation_of(text);
      fits = fits && operation;
      change.operation = operation.value_or(Operation::Create);
    } else if (kMetas[i] == Meta::Lsn) {
      const auto lsn = parse_lsn(text);
      fits = fits && lsn;
      change.id.commit_lsn = lsn.value_or(Lsn{});
    } else if (kMetas[i] == Meta::Seq) {
      change.id.ordinal = number;
    } else if (kMetas[i] == Meta::Ts) {
      const auto time = parse_iso8601(text);
      fits = fits && time;
      change.commit_time = time.value_or(PgTime{});
    } else {
      fits = fits && number <= std::numeric_limits<std::uint32_t>::max();
      change.xid = static_cast<std::uint32_t>(number);
    }
    return fits ? Status() : Status(corrupt("\"" + meta_keys[i] + "\" is damaged"));
  }
  // What nobody has a place for would be lost without a word.
  std::string_view key;
  if (field.unescaped_key().get(key) != simdjson::SUCCESS) return corrupt("not JSON");
  return corrupt("a value of \"" + std::string(key) + "\", a column that its schema does not have");
}

// The columns come in the table's order; those of which nothing was sent are left out.
Status RowParser::State::add(ondemand::field field, std::size_t& next, std::span<Cell> cells,
                             Change& change, unsigned& found, Arena& arena) {
  std::size_t at = next;
  while (at < keys.size() && !field.key().unsafe_is_equal(keys[at])) ++at;
  if (at == keys.size()) return add_meta(field, change, found);
  next = at + 1;
  Cell& cell = cells[at];
  ondemand::value value = field.value();
  if (value.raw_json_token() == "null") {
    cell.kind = Cell::Kind::Null;
    return {};
  }
  std::string_view text;
  const Column& column = relation->columns[at];
  if (!take_cell(value, column.type_class, text)) {
    return corrupt("column \"" + column.name + "\" has a value that its type does not have");
  }
  if (text.size() > std::numeric_limits<std::uint32_t>::max()) {
    return corrupt("column \"" + column.name + "\" is larger than a value can be");
  }
  cell.kind = Cell::Kind::Text;
  cell.data = arena.copy(text).data();
  cell.size = static_cast<std::uint32_t>(text.size());
  return {};
}

Status RowParser::State::check_metas(unsigned found) const {
  for (std::size_t i = 0; i < std::size(kMetas); ++i) {
    if ((found & 1u << i) != 0 || (kMetas[i] == Meta::Xid && !needs_xid)) continue;
    return invalid("no \"" + meta_keys[i] +
                   "\", which is needed to read rows again: the sink that wrote this stage needs "
                   "meta: [_op, _lsn, _seq, _ts" +
                   (needs_xid ? ", _xid" : "") + "] in its configuration");
  }
  return {};
}

Result<Change> RowParser::State::parse(std::string_view line, Arena& arena) {
  ondemand::document document;
  ondemand::object object;
  const simdjson::padded_string_view padded(line.data(), line.size(),
                                            line.size() + FileLines::kPadding);
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS ||
      document.get_object().get(object) != simdjson::SUCCESS) {
    return corrupt("not a row of JSON");
  }
  Change change;
  change.relation = relation.get();
  const std::span<Cell> cells = arena.cells(keys.size());
  for (Cell& cell : cells) cell.kind = Cell::Kind::Unchanged;
  std::size_t next = 0;
  unsigned found = 0;
  for (auto each : object) {
    ondemand::field field;
    if (std::move(each).get(field) != simdjson::SUCCESS) return corrupt("not a row of JSON");
    TRY(add(field, next, cells, change, found, arena));
  }
  const char* behind = nullptr;
  if (document.current_location().get(behind) != simdjson::OUT_OF_BOUNDS) {
    return corrupt("not a row of JSON");
  }
  TRY(check_metas(found));
  if (has_row(change.operation)) {
    change.row = cells;
  } else if (next != 0) {
    return corrupt("a row that has values, of which \"_op\" says that it has none");
  }
  return change;
}

RowParser::RowParser(RelationPtr relation, bool needs_xid)
    : state_(std::make_unique<State>(std::move(relation))) {
  state_->needs_xid = needs_xid;
}
RowParser::~RowParser() = default;

Result<Change> RowParser::parse(std::string_view line, Arena& arena) {
  return state_->parse(line, arena);
}

}  // namespace slotcast::replay
