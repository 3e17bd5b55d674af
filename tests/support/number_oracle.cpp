#include "tests/support/number_oracle.h"

#include <catch2/catch.hpp>

namespace slotcast::test {
namespace {

using sql::Frame;
using sql::Kind;
using sql::Value;

// Never in an operand.
constexpr char kSeparator = '\x01';
constexpr std::size_t kCallsPerStatement = 5000;
constexpr int kShownMax = 10;

pg::Connection connect(const Postgres& server) {
  pg::Options options;
  options.uri = server.uri();
  auto connection = pg::Connection::open(options, pg::Connection::Mode::Sql);
  if (!connection.ok()) FAIL(connection.error().what);
  return std::move(connection).value();
}

template <class Row>
void append(std::vector<Row>& rows, std::span<const Row> more) {
  rows.insert(rows.end(), more.begin(), more.end());
}

std::string literal(const std::string& text, Kind kind) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "''" : std::string(1, c);
  return quoted + "'::" + std::string(name_of(kind));
}

bool is_operator(std::string_view name) {
  return name.find_first_of("abcdefghijklmnopqrstuvwxyz") == std::string_view::npos;
}

std::string sql_of(const sql::Function& function, const std::vector<std::string>& operands) {
  std::vector<std::string> literals;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    literals.push_back(literal(operands[i], function.arguments[i]));
  }
  const std::string name(function.name);
  if (is_operator(name)) {
    return literals.size() == 1 ? name + " " + literals[0]
                                : literals[0] + " " + name + " " + literals[1];
  }
  return name + "(" + literals[0] + (literals.size() > 1 ? ", " + literals[1] : "") + ")";
}

std::string error_of(const Frame& frame) {
  return "ERROR " + frame.sqlstate() + " " + frame.message();
}

Frame& frame() {
  static Frame frame;
  frame.reset();
  return frame;
}

bool read(const Numbers& numbers, Frame& frame, Kind kind, const std::string& text, Value& value) {
  const Value argument = Value::of_text(text);
  return numbers.type(kind).input(frame, &argument, value);
}

std::string print(const Numbers& numbers, Frame& frame, Kind kind, const Value& value) {
  std::string_view text;
  REQUIRE(numbers.type(kind).output(frame, value, text));
  return std::string(text);
}

std::string without_middle(const std::string& text) {
  constexpr std::size_t kKept = 60;
  if (text.size() <= 2 * kKept) return text;
  return text.substr(0, kKept) + " ... (" + std::to_string(text.size()) + " bytes) ... " +
         text.substr(text.size() - kKept);
}

}  // namespace

Numbers::Numbers() {
  for (const sql::Family& family :
       {sql::integer_family(), sql::decimal_family(), sql::float_family()}) {
    append(functions, family.functions);
    append(casts, family.casts);
    append(types, family.types);
  }
}

const sql::TypeRoutines& Numbers::type(Kind kind) const {
  for (const sql::TypeRoutines& type : types) {
    if (type.kind == kind) return type;
  }
  throw std::logic_error("no routines of " + std::string(name_of(kind)));
}

NumberCall call_function(const Numbers& numbers, const sql::Function& function,
                         const std::vector<std::string>& operands) {
  NumberCall call{sql_of(function, operands), ""};
  Frame& memory = frame();
  std::vector<Value> arguments(operands.size());
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (!read(numbers, memory, function.arguments[i], operands[i], arguments[i])) {
      call.answer = error_of(memory);
      return call;
    }
  }
  Value result;
  call.answer = function.call(memory, arguments.data(), result)
                    ? print(numbers, memory, function.result, result)
                    : error_of(memory);
  return call;
}

NumberCall call_cast(const Numbers& numbers, const sql::Cast& cast, const std::string& operand) {
  NumberCall call{literal(operand, cast.from) + "::" + std::string(name_of(cast.to)), ""};
  Frame& memory = frame();
  Value value;
  if (!read(numbers, memory, cast.from, operand, value)) {
    call.answer = error_of(memory);
    return call;
  }
  Value result = value;
  const bool is_done = cast.call == nullptr || cast.call(memory, &value, result);
  call.answer = is_done ? print(numbers, memory, cast.to, result) : error_of(memory);
  return call;
}

NumberCall call_fit(const Numbers& numbers, sql::NumericModifier modifier,
                    const std::string& operand) {
  NumberCall call{literal(operand, Kind::Numeric) + "::numeric(" +
                      std::to_string(modifier.precision) + "," + std::to_string(modifier.scale) +
                      ")",
                  ""};
  Frame& memory = frame();
  Value value;
  const bool is_done = read(numbers, memory, Kind::Numeric, operand, value) &&
                       fit_numeric(memory, to_modifier(modifier), true, value);
  call.answer = is_done ? print(numbers, memory, Kind::Numeric, value) : error_of(memory);
  return call;
}

NumberCall call_input(const Numbers& numbers, Kind kind, const std::string& text) {
  NumberCall call{literal(text, kind), ""};
  Frame& memory = frame();
  Value value;
  call.answer = read(numbers, memory, kind, text, value) ? print(numbers, memory, kind, value)
                                                         : error_of(memory);
  return call;
}

NumberOracle::NumberOracle() : connection_(connect(server_)) {
  query(R"(CREATE FUNCTION answer(expression text) RETURNS text LANGUAGE plpgsql AS $$
    DECLARE result text;
    BEGIN
      EXECUTE 'SELECT format(''%s'', ' || expression || ')' INTO result;
      RETURN result;
    EXCEPTION WHEN OTHERS THEN
      RETURN 'ERROR ' || SQLSTATE || ' ' || SQLERRM;
    END $$)");
}

pg::Rows NumberOracle::query(const std::string& sql) {
  auto rows = connection_.query(sql);
  if (!rows.ok()) FAIL(rows.error().what);
  return std::move(rows).value();
}

void NumberOracle::check(const std::vector<NumberCall>& calls) {
  int differences = 0;
  std::string shown;
  for (std::size_t first = 0; first < calls.size(); first += kCallsPerStatement) {
    const std::size_t count = std::min(kCallsPerStatement, calls.size() - first);
    std::string list;
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) list += kSeparator;
      list += calls[first + i].sql;
    }
    const auto rows = connection_.query(
        "SELECT answer(expression) FROM unnest(string_to_array($1, chr(1)))"
        " WITH ORDINALITY AS calls(expression, position) ORDER BY position",
        {list});
    if (!rows.ok()) FAIL(rows.error().what);
    REQUIRE(rows.value().size() == count);
    for (std::size_t i = 0; i < count; ++i) {
      const NumberCall& call = calls[first + i];
      const std::string expected = rows.value()[i][0].value_or("NULL");
      if (call.answer == expected || ++differences > kShownMax) continue;
      shown += "\n" + without_middle(call.sql) + "\n  the server: " + without_middle(expected) +
               "\n  we:         " + without_middle(call.answer);
    }
  }
  INFO(calls.size() << " calls" << shown);
  CHECK(differences == 0);
}

}  // namespace slotcast::test
