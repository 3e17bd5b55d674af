// Goal: every function, cast and input of the number families means what PostgreSQL means by it.
// Method: seeded calls of every row of the tables, made here and by a real server, compared as
// texts, errors as SQLSTATE and message; and the tables against the server's catalog. The
// environment variable SLOTCAST_NUMBER_CALLS multiplies the calls.

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <set>

#include "tests/support/number_oracle.h"
#include "tests/support/number_samples.h"

using namespace slotcast;
using sql::is_integer;
using sql::Kind;
using test::NumberCall;
using test::NumberOracle;
using test::Numbers;
using test::NumberSamples;

namespace {

int times() {
  const char* const text = std::getenv("SLOTCAST_NUMBER_CALLS");
  return text == nullptr ? 1 : std::atoi(text);
}

// A row of integers has fewer ways to be wrong.
int calls_of(Kind kind) {
  return times() * (kind == Kind::Numeric                    ? 400
                    : is_integer(kind) || kind == Kind::Bool ? 60
                                                             : 120);
}

std::vector<std::string> operands_of(const sql::Function& function, NumberSamples& samples) {
  std::vector<std::string> operands;
  for (int i = 0; i < function.count; ++i) {
    const bool is_scale = function.name == "round" && i == 1;
    operands.push_back(is_scale ? samples.scale() : samples.of(function.arguments[i]));
  }
  // Equal operands would hardly ever come by chance.
  if (function.count == 2 && function.arguments[0] == function.arguments[1] &&
      samples.between(0, 9) == 0) {
    operands[1] = operands[0];
  }
  return operands;
}

const sql::Function& find(const Numbers& numbers, std::string_view name, int count) {
  for (const sql::Function& function : numbers.functions) {
    if (function.name == name && function.arguments[0] == Kind::Numeric &&
        function.count == count) {
      return function;
    }
  }
  throw std::logic_error("no such function");
}

std::string without(const std::string& text, std::size_t count) {
  return text.substr(0, text.size() - count);
}

// At 131072 digits before the point, and at 16383 after it.
std::vector<NumberCall> calls_at_the_limits(const Numbers& numbers) {
  const std::string nines(131072, '9');
  const std::string small = "1e-16383";
  struct Given {
    std::string name;
    std::vector<std::string> operands;
  };
  const std::vector<Given> all = {
      {"+", {nines, "0.4"}},
      {"+", {nines, "1"}},
      {"-", {"-" + nines, "1"}},
      {"-", {"-" + nines, "-1"}},
      {"*", {"1e131071", "9"}},
      {"*", {"1e131071", "10"}},
      {"*", {"1e65536", "1e65535"}},
      {"*", {"1e65536", "1e65536"}},
      {"*", {small, "0.5"}},
      {"*", {small, "0.4"}},
      {"*", {small, small}},
      {"*", {"1." + std::string(9000, '7'), "0." + std::string(9000, '6')}},
      {"/", {"1e131071", "0.1"}},
      {"/", {"1e131071", "1e-5"}},
      {"/", {"1", small}},
      {"/", {small, "3"}},
      {"/", {"2", "3e131000"}},
      {"/", {small, small}},
      {"%", {nines, "7"}},
      {"%", {"1e131071", "3e-1000"}},
      {"round", {nines, "-1"}},
      {"round", {without(nines, 1) + "4", "-1"}},
      {"round", {nines + ".5"}},
      {"round", {nines + ".4"}},
      {"round", {small, "16383"}},
      {"round", {"5e-2001", "3000"}},
      {"round", {"5e2000", "-3000"}},
      {"round", {"123", "2147483647"}},
      {"round", {"123", "-2147483648"}},
      {"round", {"5e131071", "-131072"}},
      {"round", {"5e131071", "-131073"}},
      {"round", {"4e131071", "-131072"}},
      {"round", {"5e131071", "-131071"}},
      {"ceil", {nines + ".1"}},
      {"floor", {"-" + nines + ".1"}},
      {"ceil", {small}},
      {"floor", {"-" + small}},
  };
  std::vector<NumberCall> calls;
  for (const Given& given : all) {
    const int count = static_cast<int>(given.operands.size());
    calls.push_back(call_function(numbers, find(numbers, given.name, count), given.operands));
  }
  return calls;
}

std::string row(const std::string& name, const std::string& result,
                const std::vector<std::string>& arguments) {
  std::string text = name + "(";
  for (const std::string& argument : arguments) text += argument + ",";
  return text + ")" + result;
}

// A server takes longer to start than thousands of calls.
NumberOracle& oracle() {
  static NumberOracle oracle;
  return oracle;
}

std::set<std::string> rows(const std::string& sql) {
  std::set<std::string> all;
  for (const auto& fields : oracle().query(sql)) all.insert(fields[0].value_or("NULL"));
  return all;
}

const std::string kOfNumbers = " = ANY ('{bool,int2,int4,int8,numeric,float4,float8}'::regtype[])";

}  // namespace

TEST_CASE("numbers: functions and operators answer as the server does", "[sql][numbers][server]") {
  const Numbers numbers;
  NumberSamples samples(20240611);
  std::vector<NumberCall> calls = calls_at_the_limits(numbers);
  for (const sql::Function& function : numbers.functions) {
    for (int i = calls_of(function.arguments[0]); i > 0; --i) {
      calls.push_back(call_function(numbers, function, operands_of(function, samples)));
    }
  }
  CHECK(calls.size() > 20000);
  oracle().check(calls);
}

TEST_CASE("numbers: casts, inputs and modifiers answer as the server does",
          "[sql][numbers][server]") {
  const Numbers numbers;
  NumberSamples samples(77);
  std::vector<NumberCall> calls;
  for (const sql::Cast& cast : numbers.casts) {
    for (int i = 150 * times(); i > 0; --i) {
      calls.push_back(call_cast(numbers, cast, samples.of(cast.from)));
    }
  }
  for (const sql::TypeRoutines& type : numbers.types) {
    for (int i = 800 * times(); i > 0; --i) {
      calls.push_back(call_input(numbers, type.kind, samples.mutilated(type.kind)));
      if (type.kind > Kind::Int8 && i % 2 == 0) {
        calls.push_back(call_input(numbers, type.kind, samples.of(type.kind)));
      }
    }
  }
  // Around them floating-point numbers are spaced unevenly.
  for (int power = -1074; power < 1024; ++power) {
    char text[64];
    std::snprintf(text, sizeof text, "%.17g", std::ldexp(1.0, power));
    calls.push_back(call_input(numbers, Kind::Float8, text));
    calls.push_back(call_input(numbers, Kind::Float4, text));
  }
  for (int i = 1500 * times(); i > 0; --i) {
    const bool is_usual = i % 4 != 0;
    const int precision = is_usual ? samples.between(1, 40) : samples.between(1, 1000);
    const int scale = is_usual ? samples.between(-5, precision) : samples.between(-1000, 1000);
    calls.push_back(call_fit(numbers, {precision, scale}, samples.of(Kind::Numeric)));
  }
  oracle().check(calls);
}

TEST_CASE("numbers: the tables have the rows of the server's catalog", "[sql][numbers][server]") {
  const Numbers numbers;
  std::set<std::string> functions;
  for (const sql::Function& function : numbers.functions) {
    std::vector<std::string> arguments;
    for (int i = 0; i < function.count; ++i) {
      arguments.emplace_back(name_of(function.arguments[i]));
    }
    const std::string text =
        row(std::string(function.name), std::string(name_of(function.result)), arguments);
    CHECK(functions.insert(text).second);
  }
  CHECK(functions ==
        rows("SELECT oprname || '(' || CASE oprleft WHEN 0 THEN '' ELSE oprleft::regtype || ',' END"
             " || oprright::regtype || ',)' || oprresult::regtype FROM pg_operator"
             " WHERE oprname = ANY ('{+,-,*,/,%,=,<>,<,<=,>,>=,@}')"
             " AND (oprleft = 0 OR oprleft" +
             kOfNumbers + ") AND oprright" + kOfNumbers +
             " UNION ALL SELECT proname || '(' || replace(oidvectortypes(proargtypes), ', ', ',')"
             " || ',)' || prorettype::regtype FROM pg_proc"
             " WHERE proname = ANY ('{abs,mod,round,floor,ceil,ceiling}')"
             " AND proargtypes[0]" +
             kOfNumbers));
  std::set<std::string> casts;
  for (const sql::Cast& cast : numbers.casts) {
    const std::string context(1, static_cast<char>(cast.context));
    CHECK(
        casts.insert(row(context, std::string(name_of(cast.to)), {std::string(name_of(cast.from))}))
            .second);
  }
  // From numeric to numeric is what a modifier makes.
  CHECK(casts ==
        rows("SELECT castcontext::text || '(' || castsource::regtype || ',)' ||"
             " casttarget::regtype FROM pg_cast WHERE castsource" +
             kOfNumbers + " AND casttarget" + kOfNumbers + " AND castsource <> casttarget"));
}
