// Goal: dates and times mean to us what they mean to PostgreSQL: what they print as, which texts
//       are read as which of them, how they compare, are cast and counted with.
// Method: seeded values and texts, thousands in a statement, are given to both: a value of ours
// must
//         be the server's, an error of ours must be one of the server's, and "not supported" is
//         only allowed where the text is no ISO 8601. The tables of operators and casts are
//         compared with the server's catalog.

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "lib/sql/builtin.h"
#include "lib/sql/calendar.h"
#include "tests/lib/pg/source.h"
#include "tests/support/allocations.h"
#include "tests/support/datetime_texts.h"

namespace slotcast::sql::test {
namespace {

using pg::test::must;

const std::vector<Kind> kKinds = {Kind::Date, Kind::Time, Kind::Timestamp, Kind::Timestamptz};

const TypeRoutines& routines_of(Kind kind) {
  const Family family = datetime_family();
  for (const TypeRoutines& routines : family.types) {
    if (routines.kind == kind) return routines;
  }
  FAIL("no routines of " << name_of(kind));
  return family.types[0];
}

std::string error_of(const Frame& frame) {
  return "ERROR " + frame.sqlstate() + " " + frame.message();
}

bool is_refused(const std::string& answer) {
  return answer.starts_with("ERROR 22");
}

bool is_unsupported(const std::string& answer) {
  return answer.starts_with("ERROR 0A000 this form of a ");
}

// What this library makes of things, in the words of the server's answers.
class Library {
 public:
  Value read(Kind kind, std::string_view text) {
    const Value argument = Value::of_text(text);
    Value value;
    failed_ = !routines_of(kind).input(frame_, &argument, value);
    return value;
  }
  std::string print(Kind kind, const Value& value) {
    if (value.is_null()) return "NULL";
    if (kind == Kind::Bool) return value.integer != 0 ? "true" : "false";
    if (kind == Kind::Int4) return std::to_string(value.integer);
    std::string_view text;
    REQUIRE(routines_of(kind).output(frame_, value, text));
    return std::string(text);
  }
  std::string read_and_print(Kind kind, std::string_view text) {
    frame_.reset();
    const Value value = read(kind, text);
    return failed_ ? error_of(frame_) : print(kind, value);
  }
  std::string call(Call call, const std::vector<Value>& arguments, Kind kind) {
    frame_.reset();
    Value result;
    if (call == nullptr) return print(kind, arguments[0]);
    return call(frame_, arguments.data(), result) ? print(kind, result) : error_of(frame_);
  }
  Frame& frame() { return frame_; }

 private:
  Frame frame_;
  bool failed_ = false;
};

// A server that answers expressions and texts, errors as "ERROR <SQLSTATE> <message>".
class Server {
 public:
  Server() : connection_(pg::test::connect(pg::test::options_for(postgres_))) {
    connection_.set_patience(std::chrono::seconds(60));
    const std::string failed =
        "EXCEPTION WHEN others THEN RETURN 'ERROR ' || sqlstate || ' ' || sqlerrm; END $$";
    for (const std::string& sql :
         {std::string("SET TimeZone = 'UTC'"), std::string("SET DateStyle = 'ISO, MDY'"),
          "CREATE FUNCTION answer(e text) RETURNS text LANGUAGE plpgsql AS $$ DECLARE r text; "
          "BEGIN EXECUTE 'SELECT (' || e || ')::text' INTO r; RETURN coalesce(r, 'NULL'); " +
              failed,
          "CREATE FUNCTION read(k text, t text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN "
          "CASE k WHEN 'date' THEN RETURN t::date; WHEN 'time' THEN RETURN t::time; "
          "WHEN 'timestamp' THEN RETURN t::timestamp; ELSE RETURN t::timestamptz; END CASE; " +
              failed}) {
      must(connection_.query(sql));
    }
  }

  pg::Rows rows(const std::string& sql) { return must(connection_.query(sql)); }

  std::vector<std::string> answers(const std::vector<std::string>& expressions) {
    return column(rows("SELECT answer(t) FROM " + listed(expressions)), 0);
  }
  // By the order of kKinds.
  std::vector<std::vector<std::string>> readings(const std::vector<std::string>& texts) {
    const pg::Rows read = rows(
        "SELECT read('date', t), read('time', t), read('timestamp', t), read('timestamptz', t) "
        "FROM " +
        listed(texts));
    std::vector<std::vector<std::string>> readings;
    for (std::size_t i = 0; i < kKinds.size(); ++i) readings.push_back(column(read, i));
    return readings;
  }

 private:
  std::string listed(const std::vector<std::string>& texts) const {
    std::string list;
    for (const std::string& text : texts) {
      list += (list.empty() ? "" : ",") + connection_.escape_literal(text);
    }
    return "unnest(ARRAY[" + list + "]::text[]) WITH ORDINALITY AS u (t, n) ORDER BY n";
  }
  static std::vector<std::string> column(const pg::Rows& rows, std::size_t index) {
    std::vector<std::string> column;
    for (const auto& row : rows) column.push_back(row[index].value_or("NULL"));
    return column;
  }

  slotcast::test::Postgres postgres_;
  pg::Connection connection_;
};

Server& server() {
  static Server server;
  return server;
}

// Ours may say less than the server, never something else.
void check_reading(Kind kind, const std::string& text, const std::string& ours,
                   const std::string& theirs) {
  if (ours == theirs || is_unsupported(ours)) return;
  INFO(name_of(kind) << " '" << text << "'");
  if (is_refused(ours)) {
    CHECK(is_refused(theirs));
    if (ours.substr(0, 11) != theirs.substr(0, 11)) return;
  }
  CHECK(ours == theirs);
}

struct Counts {
  std::map<Kind, int> values;
  std::map<Kind, int> refusals;
  std::map<Kind, int> unsupported;
  std::vector<std::string> missed;  // not supported, and the server reads it
};

Counts check_readings(const std::vector<std::string>& texts, const std::vector<Kind>& kinds) {
  Library library;
  Counts counts;
  const auto readings = server().readings(texts);
  for (std::size_t k = 0; k < kKinds.size(); ++k) {
    if (std::find(kinds.begin(), kinds.end(), kKinds[k]) == kinds.end()) continue;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const std::string ours = library.read_and_print(kKinds[k], texts[i]);
      check_reading(kKinds[k], texts[i], ours, readings[k][i]);
      auto& count = is_unsupported(ours) ? counts.unsupported
                    : is_refused(ours)   ? counts.refusals
                                         : counts.values;
      ++count[kKinds[k]];
      if (is_unsupported(ours) && !readings[k][i].starts_with("ERROR")) {
        counts.missed.push_back(texts[i]);
      }
    }
  }
  return counts;
}

}  // namespace

TEST_CASE("dates and times of the whole range print as the server prints them, and are read back",
          "[sql][datetime][server]") {
  SeededRandom random(20261121);
  const auto within = [&random](std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random.next() % static_cast<std::uint64_t>(high - low));
  };
  std::vector<Value> values[4];
  std::vector<std::string> expressions;
  const auto add = [&](std::int64_t days, std::int64_t microseconds) {
    const std::string day = "(date '2000-01-01' + (" + std::to_string(days) + "))";
    const std::string time =
        "(time '00:00' + " + std::to_string(microseconds) + " * interval '1 microsecond')";
    const std::int64_t instant = days * kMicrosecondsPerDay + microseconds;
    const bool is_timestamp = days < kTimestampEndDay;
    values[0].push_back(Value::of_integer(days));
    values[1].push_back(Value::of_integer(microseconds));
    values[2].push_back(is_timestamp ? Value::of_integer(instant) : Value::null());
    values[3].push_back(values[2].back());
    const std::string sum = is_timestamp ? day + " + " + time : "NULL::timestamp";
    expressions.push_back("concat_ws('|', " + day + ", " + time + ", " +
                          (is_timestamp ? sum + ", (" + sum + ") AT TIME ZONE 'UTC'" : "NULL") +
                          ")");
  };
  const std::int64_t day_edges[] = {kDateMin,
                                    kDateMin + 1,
                                    kTimestampEndDay - 1,
                                    kTimestampEndDay,
                                    kTimestampEndDay + 1,
                                    kDateEnd - 1,
                                    -1,
                                    0,
                                    1,
                                    59,
                                    60,
                                    -730'119};
  const std::int64_t time_edges[] = {0, 1, 10, 999'999, 1'000'000, kMicrosecondsPerDay - 1};
  for (const std::int64_t days : day_edges) {
    for (const std::int64_t microseconds : time_edges) add(days, microseconds);
  }
  while (expressions.size() < 4'000) {
    const std::int64_t limits[][2] = {{kDateMin, kDateEnd},
                                      {kDateMin, kTimestampEndDay},
                                      {-1'100'000, 1'100'000},
                                      {-800'000, -660'000},
                                      {-20'000, 20'000}};
    const auto& limit = limits[random.next() % 5];
    const std::int64_t steps[] = {1, 10, 1'000, 1'000'000, 60'000'000};
    const std::int64_t step = steps[random.next() % 5];
    add(within(limit[0], limit[1]), within(0, kMicrosecondsPerDay / step) * step);
  }
  Library library;
  const auto answers = server().answers(expressions);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    std::string ours;
    for (std::size_t k = 0; k < kKinds.size(); ++k) {
      const Value& value = values[k][i];
      if (value.is_null()) continue;
      const std::string text = library.print(kKinds[k], value);
      ours += (k == 0 ? "" : "|") + text;
      INFO(text);
      CHECK(library.read(kKinds[k], text).integer == value.integer);
    }
    INFO(expressions[i]);
    CHECK(ours == answers[i]);
  }
}

TEST_CASE("ISO 8601 is read as the server reads it, and all of it", "[sql][datetime][server]") {
  DatetimeTexts texts(8601);
  std::vector<std::string> instants;
  std::vector<std::string> times;
  for (int i = 0; i < 5'000; ++i) instants.push_back(texts.instant());
  for (int i = 0; i < 2'000; ++i) times.push_back(texts.time_of_day());
  const Counts counts = check_readings(instants, {Kind::Date, Kind::Timestamp, Kind::Timestamptz});
  const Counts of_times = check_readings(times, {Kind::Time});
  CHECK(counts.missed == std::vector<std::string>{});
  CHECK(of_times.missed == std::vector<std::string>{});
  CHECK(counts.values.at(Kind::Timestamptz) > 3'000);
  CHECK(counts.refusals.at(Kind::Timestamptz) > 500);
  CHECK(of_times.values.at(Kind::Time) > 1'000);
  CHECK(of_times.refusals.at(Kind::Time) > 100);
}

TEST_CASE("texts of no or of another form are never given another value than the server's",
          "[sql][datetime][server]") {
  DatetimeTexts texts(20210230);
  std::vector<std::string> mutated = nasty_texts();
  while (mutated.size() < 6'000) {
    mutated.push_back(texts.mutated(texts.is_one_in(4) ? texts.time_of_day() : texts.instant()));
  }
  Counts counts = check_readings(mutated, kKinds);
  for (const Kind kind : kKinds) {
    CHECK(counts.values[kind] > 200);
    CHECK(counts.unsupported[kind] > 1'000);
  }
}

TEST_CASE("volatile words and forms that only the server knows are not supported",
          "[sql][datetime][server]") {
  Library library;
  for (const char* text : {"today", "now", "tomorrow", "yesterday", "January 8, 1999", "1/8/1999",
                           "2021-01-01 12:00 America/New_York"}) {
    CHECK(library.read_and_print(Kind::Timestamp, text) ==
          std::string("ERROR 0A000 this form of a timestamp is not supported by slotcast, only "
                      "ISO 8601: \"") +
              text + '"');
    CHECK(is_unsupported(library.read_and_print(Kind::Date, text)));
    CHECK(is_unsupported(library.read_and_print(Kind::Time, text)));
  }
}

namespace {

const std::vector<std::string>& samples_of(Kind kind) {
  static const std::map<Kind, std::vector<std::string>> kSamples = {
      {Kind::Date,
       {"-infinity", "4714-11-24 BC", "0001-12-31 BC", "1999-12-31", "2000-01-01", "2000-01-02",
        "2024-02-29", "294276-12-31", "294277-01-01", "5874897-12-31", "infinity"}},
      {Kind::Time,
       {"00:00:00", "00:00:00.000001", "11:59:59.999999", "12:00:00", "23:59:59.999999",
        "24:00:00"}},
      {Kind::Timestamp,
       {"-infinity", "4714-11-24 00:00:00 BC", "0001-12-31 23:59:59.999999 BC",
        "1999-12-31 23:59:59.999999", "2000-01-01 00:00:00", "2000-01-01 00:00:00.000001",
        "2000-01-01 23:59:59.999999", "2024-02-29 12:00:00", "294276-12-31 00:00:00",
        "294276-12-31 23:59:59.999999", "infinity"}},
      {Kind::Int4,
       {"0", "1", "-1", "366", "-730119", "2147483647", "-2147483648", "2147483493", "-2147483493",
        "2147483492", "-2147483494"}},
  };
  return kSamples.at(kind == Kind::Timestamptz ? Kind::Timestamp : kind);
}

Value sample(Library& library, Kind kind, const std::string& text) {
  return kind == Kind::Int4 ? Value::of_integer(std::stoll(text)) : library.read(kind, text);
}

std::string literal(Kind kind, const std::string& text) {
  return "'" + text + "'::" + std::string(name_of(kind));
}

// Answers of ours, with the expressions the server is asked.
struct Questions {
  std::vector<std::string> expressions;
  std::vector<std::string> ours;

  void check() const {
    const auto theirs = server().answers(expressions);
    for (std::size_t i = 0; i < expressions.size(); ++i) {
      INFO(expressions[i]);
      CHECK(ours[i] == theirs[i]);
    }
  }
};

}  // namespace

TEST_CASE("every operator answers as the server's, range errors included",
          "[sql][datetime][server]") {
  Library library;
  Questions questions;
  for (const Function& function : datetime_family().functions) {
    REQUIRE(function.count == 2);
    const Kind left = function.arguments[0];
    const Kind right = function.arguments[1];
    for (const std::string& first : samples_of(left)) {
      for (const std::string& second : samples_of(right)) {
        questions.expressions.push_back(literal(left, first) + " " + std::string(function.name) +
                                        " " + literal(right, second));
        questions.ours.push_back(library.call(
            function.call, {sample(library, left, first), sample(library, right, second)},
            function.result));
      }
    }
  }
  CHECK(questions.ours.size() > 7'000);
  questions.check();
}

TEST_CASE("every cast answers as the server's, range errors included", "[sql][datetime][server]") {
  Library library;
  Questions questions;
  for (const Cast& cast : datetime_family().casts) {
    for (const std::string& text : samples_of(cast.from)) {
      questions.expressions.push_back(literal(cast.from, text) +
                                      "::" + std::string(name_of(cast.to)));
      questions.ours.push_back(
          library.call(cast.call, {sample(library, cast.from, text)}, cast.to));
    }
  }
  questions.check();
}

namespace {

std::string kinds_for_sql() {
  return "('date'::regtype, 'time'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype)";
}

std::set<std::string> lines_of(const pg::Rows& rows) {
  std::set<std::string> lines;
  for (const auto& row : rows) lines.insert(*row[0]);
  return lines;
}

}  // namespace

TEST_CASE("there are all comparisons and casts of the server's catalog, and no others",
          "[sql][datetime][server]") {
  std::set<std::string> operators;
  for (const Function& function : datetime_family().functions) {
    operators.insert(
        std::string(name_of(function.arguments[0])) + " " + std::string(function.name) + " " +
        std::string(name_of(function.arguments[1])) + " " + std::string(name_of(function.result)));
  }
  CHECK(operators ==
        lines_of(server().rows(
            "SELECT format('%s %s %s %s', oprleft::regtype, oprname, oprright::regtype, "
            "oprresult::regtype) FROM pg_operator WHERE "
            "(oprname IN ('=', '<>', '<', '<=', '>', '>=') AND oprleft IN " +
            kinds_for_sql() + " AND oprright IN " + kinds_for_sql() +
            ") OR (oprname IN ('+', '-') AND "
            "oprleft IN ('date'::regtype, 'int4'::regtype) AND "
            "oprright IN ('date'::regtype, 'int4'::regtype) AND "
            "'date'::regtype IN (oprleft, oprright))")));
  std::set<std::string> casts;
  for (const Cast& cast : datetime_family().casts) {
    casts.insert(std::string(name_of(cast.from)) + " " + std::string(name_of(cast.to)) + " " +
                 static_cast<char>(cast.context));
  }
  CHECK(casts == lines_of(server().rows(
                     "SELECT format('%s %s %s', castsource::regtype, casttarget::regtype, "
                     "castcontext) FROM pg_cast WHERE castsource <> casttarget AND castsource IN " +
                     kinds_for_sql() + " AND casttarget IN " + kinds_for_sql())));
}

TEST_CASE("reading and printing a cell asks for no memory", "[sql][datetime][server]") {
  Library library;
  const Value cell = Value::of_text("2026-11-21 05:40:12.123456+00");
  const TypeRoutines& routines = routines_of(Kind::Timestamptz);
  std::string_view text;
  const auto read_and_print = [&] {
    library.frame().reset();
    Value value;
    REQUIRE(routines.input(library.frame(), &cell, value));
    REQUIRE(routines.output(library.frame(), value, text));
  };
  read_and_print();
  CHECK(text == cell.text);
  const std::uint64_t before = slotcast::test::allocations();
  for (int i = 0; i < 1'000; ++i) read_and_print();
  CHECK(slotcast::test::allocations() == before);
}

}  // namespace slotcast::sql::test
