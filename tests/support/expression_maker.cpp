#include "tests/support/expression_maker.h"

#include "lib/sql/library.h"

namespace slotcast::test {

using sql::Kind;

namespace {

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    out += c;
    if (c == '\'') out += c;
  }
  return out + "'";
}

const std::vector<const char*>& texts() {
  static const std::vector<const char*> values = {"",
                                                  " ",
                                                  "a",
                                                  "A",
                                                  "abc",
                                                  "Straße",
                                                  "ÄÖÜ ß",
                                                  "日本語",
                                                  "e\u0301",
                                                  "it''s",
                                                  "100%",
                                                  "a_b",
                                                  "\\",
                                                  "12",
                                                  " 12 ",
                                                  "-7",
                                                  "1.50",
                                                  "1e3",
                                                  "NaN",
                                                  "true",
                                                  "f",
                                                  "2024-02-29",
                                                  "x y z",
                                                  "a,b,,c",
                                                  "9223372036854775807",
                                                  "9223372036854775808",
                                                  "{\"a\": 1}",
                                                  "ǅ",
                                                  "ﬀ",
                                                  "😀",
                                                  "a\nb"};
  return values;
}

const std::vector<const char*>& values_of(Kind kind) {
  static const std::vector<const char*> none = {"1"};
  static const std::vector<const char*> bools = {"true", "false"};
  static const std::vector<const char*> int2 = {"0", "1", "-1", "7", "32767", "-32768", "100"};
  static const std::vector<const char*> int4 = {"0",  "1",  "-1",         "2",           "10",
                                                "42", "-3", "2147483647", "-2147483648", "65536"};
  static const std::vector<const char*> int8 = {
      "0",          "1",         "-1", "5", "9223372036854775807", "-9223372036854775808",
      "4294967296", "1000000007"};
  static const std::vector<const char*> numeric = {
      "0",
      "1",
      "-1",
      "0.5",
      "-0.5",
      "1.50",
      "2.5",
      "99999999999999999999.99",
      "NaN",
      "Infinity",
      "-Infinity",
      "0.00000000000000000001",
      "12345.678",
      "1e-30",
      "123456789012345678901234567890",
      "31415926535897932384626433832795028841971693993751058209749445923078164062862089986280348253"
      "42117067.9",
      "0.3333333333333333",
      "-7.25",
      "10"};
  static const std::vector<const char*> floats = {
      "0",         "-0",         "1",   "-1.5", "0.1",  "1e10",  "1e-5",   "NaN",    "Infinity",
      "-Infinity", "123456.789", "2.5", "3.5",  "1e30", "1e-30", "100000", "1000000"};
  static const std::vector<const char*> dates = {"2024-02-29", "1999-12-31",   "0044-03-15 BC",
                                                 "infinity",   "-infinity",    "2000-01-01",
                                                 "9999-12-31", "4713-01-01 BC"};
  static const std::vector<const char*> times = {"00:00:00", "23:59:59.999999", "24:00:00",
                                                 "12:30:00.5"};
  static const std::vector<const char*> stamps = {"2024-02-29 12:34:56.789",
                                                  "0001-01-01 00:00:00",
                                                  "0100-06-01 00:00:00 BC",
                                                  "infinity",
                                                  "-infinity",
                                                  "1970-01-01 00:00:00",
                                                  "2000-01-01 00:00:00.000001"};
  static const std::vector<const char*> uuids = {"00000000-0000-0000-0000-000000000000",
                                                 "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
                                                 "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"};
  static const std::vector<const char*> jsons = {
      "{\"a\": 1, \"b\": [1, 2.50, null], \"c\": {\"d\": \"x\\u00e9\"}}",
      "[]",
      "[10, \"two\", {\"k\": true}]",
      "null",
      "\"text\"",
      "{\"b\": 1, \"a\": {\"a\": \"deep\"}}",
      "{\"1\": \"one\", \"a\": \"\"}",
      "12.00"};
  static const std::vector<const char*> bytes = {"\\x", "\\x00ff", "\\xdeadbeef", "abc"};
  static const std::vector<const char*> moods = {"calm", "wild", "so so"};
  switch (kind) {
    case Kind::Bool:
      return bools;
    case Kind::Int2:
      return int2;
    case Kind::Int4:
      return int4;
    case Kind::Int8:
      return int8;
    case Kind::Numeric:
      return numeric;
    case Kind::Float4:
    case Kind::Float8:
      return floats;
    case Kind::Text:
    case Kind::Varchar:
      return texts();
    case Kind::Date:
      return dates;
    case Kind::Time:
      return times;
    case Kind::Timestamp:
    case Kind::Timestamptz:
      return stamps;
    case Kind::Uuid:
      return uuids;
    case Kind::Json:
    case Kind::Jsonb:
      return jsons;
    case Kind::Bytea:
      return bytes;
    case Kind::Enum:
      return moods;
    default:
      return none;
  }
}

const char* type_word(Kind kind) {
  switch (kind) {
    case Kind::Bool:
      return "bool";
    case Kind::Int2:
      return "int2";
    case Kind::Int4:
      return "int";
    case Kind::Int8:
      return "bigint";
    case Kind::Numeric:
      return "numeric";
    case Kind::Float4:
      return "real";
    case Kind::Float8:
      return "double precision";
    case Kind::Varchar:
      return "varchar";
    case Kind::Date:
      return "date";
    case Kind::Time:
      return "time";
    case Kind::Timestamp:
      return "timestamp";
    case Kind::Timestamptz:
      return "timestamptz";
    case Kind::Uuid:
      return "uuid";
    case Kind::Json:
      return "json";
    case Kind::Jsonb:
      return "jsonb";
    case Kind::Bytea:
      return "bytea";
    default:
      return "text";
  }
}

std::string typed(Kind kind, const std::string& value) {
  return kind == Kind::Enum ? quoted(value) : quoted(value) + "::" + type_word(kind);
}

}  // namespace

const std::vector<ExpressionMaker::Column>& ExpressionMaker::columns() {
  static const std::vector<Column> all = {{"b", "bool", Kind::Bool},
                                          {"b2", "bool", Kind::Bool},
                                          {"i2", "smallint", Kind::Int2},
                                          {"i4", "int", Kind::Int4},
                                          {"k4", "int", Kind::Int4},
                                          {"i8", "bigint", Kind::Int8},
                                          {"n", "numeric", Kind::Numeric},
                                          {"n2", "numeric", Kind::Numeric},
                                          {"f4", "real", Kind::Float4},
                                          {"f8", "double precision", Kind::Float8},
                                          {"t", "text", Kind::Text},
                                          {"t2", "text", Kind::Text},
                                          {"c", "text COLLATE \"C\"", Kind::Text},
                                          {"v", "varchar(40)", Kind::Varchar},
                                          {"d", "date", Kind::Date},
                                          {"tm", "time", Kind::Time},
                                          {"ts", "timestamp", Kind::Timestamp},
                                          {"tz", "timestamptz", Kind::Timestamptz},
                                          {"u", "uuid", Kind::Uuid},
                                          {"j", "json", Kind::Json},
                                          {"jb", "jsonb", Kind::Jsonb},
                                          {"y", "bytea", Kind::Bytea},
                                          {"m", "mood", Kind::Enum}};
  return all;
}

std::size_t ExpressionMaker::below(std::size_t bound) {
  return static_cast<std::size_t>(random_.next() % bound);
}

Kind ExpressionMaker::any_kind() {
  static const std::vector<Kind> kinds = {
      Kind::Bool,   Kind::Bool,    Kind::Bool,  Kind::Int2,    Kind::Int4,      Kind::Int4,
      Kind::Int8,   Kind::Text,    Kind::Text,  Kind::Numeric, Kind::Numeric,   Kind::Float4,
      Kind::Float8, Kind::Varchar, Kind::Date,  Kind::Time,    Kind::Timestamp, Kind::Timestamptz,
      Kind::Uuid,   Kind::Json,    Kind::Jsonb, Kind::Bytea,   Kind::Text};
  return kinds[below(kinds.size())];
}

std::vector<std::string> ExpressionMaker::row() {
  std::vector<std::string> values;
  for (const Column& column : columns()) {
    values.push_back(one_in(6) ? "NULL" : quoted(pick(values_of(column.kind))));
  }
  return values;
}

std::string ExpressionMaker::column(Kind kind) {
  std::vector<const char*> names;
  for (const Column& each : columns()) {
    if (each.kind == kind) names.push_back(each.name);
  }
  return names.empty() ? literal(kind) : pick(names);
}

std::string ExpressionMaker::literal(Kind kind) {
  if (one_in(12)) return "NULL";
  const std::string value = pick(values_of(kind));
  const bool is_digits = value.find_first_not_of("0123456789.") == std::string::npos;
  if (sql::is_number(kind) && is_digits && !one_in(3)) return value;
  if (kind == Kind::Bool) return value;
  if (kind == Kind::Text && !one_in(3)) return quoted(value);
  return typed(kind, value);
}

std::string ExpressionMaker::fill(const std::string& hole, bool is_first) {
  if (hole == "small") return pick({"0", "1", "2", "-1", "-3", "k4 % 5", "i2"});
  if (hole == "length") return pick({"0", "1", "2", "3", "abs(k4 % 5)", "NULL"});
  if (hole == "pattern") return pick({"'%a%'", "'_'", "'a\\_b'", "'日%'", "''", "'%'", "t2"});
  if (hole == "bytes text") return "c";
  if (hole == "key") return pick({"lower('A')", "CASE WHEN b THEN 'a' ELSE 'b' END", "t"});
  if (hole == "index") return pick({"k4 % 2", "abs(k4 % 3)", "i2"});
  const Kind kind = hole == "mood" ? Kind::Enum : sql::kind_named(hole);
  if (is_first || one_in(2)) return column(kind);
  return typed(kind, pick(values_of(kind)));
}

std::string ExpressionMaker::filled(const std::string& form) {
  std::string text;
  bool is_first = true;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const std::size_t end = form[i] == '{' ? form.find('}', i) : std::string::npos;
    if (end == std::string::npos) {
      text += form[i];
      continue;
    }
    text += fill(form.substr(i + 1, end - i - 1), is_first);
    is_first = false;
    i = end;
  }
  return text;
}

std::string ExpressionMaker::list(Kind kind, int depth, int most) {
  std::string items = expression(kind, depth - 1);
  for (std::size_t more = below(static_cast<std::size_t>(most)); more > 0; --more) {
    items += ", " + expression(kind, depth - 1);
  }
  return items;
}

std::string ExpressionMaker::cast(Kind kind, int depth) {
  const Kind from = any_kind();
  std::string type = type_word(kind);
  if (kind == Kind::Numeric && one_in(2))
    type = pick({"numeric(10,2)", "numeric(5)", "numeric(40,20)"});
  if (kind == Kind::Varchar && one_in(2)) type = pick({"varchar(3)", "varchar(1)"});
  return "CAST(" + expression(from, depth - 1) + " AS " + type + ")";
}

std::string ExpressionMaker::any_of_kind(Kind kind, int depth) {
  switch (below(6)) {
    case 0:
      return "COALESCE(" + list(kind, depth, 3) + ")";
    case 1:
      return "NULLIF(" + expression(kind, depth - 1) + ", " + expression(kind, depth - 1) + ")";
    case 2:
      return "CASE WHEN " + boolean(depth - 1) + " THEN " + expression(kind, depth - 1) +
             (one_in(2) ? " ELSE " + expression(kind, depth - 1) : "") + " END";
    case 3: {
      const Kind operand = any_kind();
      return "CASE " + expression(operand, depth - 1) + " WHEN " + expression(operand, depth - 1) +
             " THEN " + expression(kind, depth - 1) + " ELSE " + expression(kind, depth - 1) +
             " END";
    }
    case 4:
      return std::string(one_in(2) ? "GREATEST(" : "LEAST(") + list(kind, depth, 3) + ")";
    default:
      return cast(kind, depth);
  }
}

std::string ExpressionMaker::comparison(int depth) {
  const Kind kind = one_in(9) ? Kind::Enum : any_kind();
  const std::string left = kind == Kind::Enum ? column(kind) : expression(kind, depth - 1);
  const bool is_text = sql::is_text(kind);
  const std::string order = is_text ? " COLLATE \"C\"" : "";
  // Mostly of one kind; now and then of two that PostgreSQL may or may not bring together.
  const Kind other = one_in(4) && sql::is_number(kind)
                         ? std::vector<Kind>{Kind::Int2, Kind::Int4, Kind::Int8, Kind::Numeric,
                                             Kind::Float8}[below(5)]
                         : kind;
  const std::string right = kind == Kind::Enum ? (one_in(2) ? literal(kind) : column(kind))
                                               : expression(other, depth - 1);
  switch (below(7)) {
    case 0:
      return "(" + left + " = " + right + ")";
    case 1:
      return "(" + left + " <> " + right + ")";
    case 2:
      return "(" + left + pick({" < ", " <= ", " > ", " >= "}) + right + order + ")";
    case 3:
      return "(" + left + pick({" IS DISTINCT FROM ", " IS NOT DISTINCT FROM "}) + right + ")";
    case 4:
      return "(" + left + pick({" IN (", " NOT IN ("}) +
             (kind == Kind::Enum ? literal(kind) : list(kind, depth, 3)) + "))";
    case 5:
      if (kind == Kind::Enum) return "(" + left + " = " + right + ")";
      return "(" + left + order + pick({" BETWEEN ", " NOT BETWEEN "}) + right + " AND " +
             expression(kind, depth - 1) + ")";
    default:
      return "(" + left + pick({" IS NULL", " IS NOT NULL"}) + ")";
  }
}

std::string ExpressionMaker::boolean(int depth) {
  if (depth <= 0) return one_in(3) ? literal(Kind::Bool) : column(Kind::Bool);
  switch (below(9)) {
    case 0:
      return "(" + boolean(depth - 1) + " AND " + boolean(depth - 1) + ")";
    case 1:
      return "(" + boolean(depth - 1) + " OR " + boolean(depth - 1) + ")";
    case 2:
      return "(NOT " + boolean(depth - 1) + ")";
    case 3:
      return "(" + boolean(depth - 1) +
             pick({" IS TRUE", " IS NOT TRUE", " IS FALSE", " IS NOT FALSE", " IS UNKNOWN",
                   " IS NOT UNKNOWN"}) +
             ")";
    case 4:
      return "(" + text(depth - 1) + pick({" LIKE ", " NOT LIKE "}) +
             pick({"'%a%'", "'_'", "'%\\%'", "'a\\_b'", "'日%'", "''", "'%'", "t2", "'abc\\'"}) +
             ")";
    case 5:
      return any_of_kind(Kind::Bool, depth);
    default:
      return comparison(depth);
  }
}

std::string ExpressionMaker::number(Kind kind, int depth) {
  const std::string left = expression(kind, depth - 1);
  const std::string right = expression(kind, depth - 1);
  const bool is_float = kind == Kind::Float4 || kind == Kind::Float8;
  switch (below(8)) {
    case 0:
      return "(" + left + " + " + right + ")";
    case 1:
      return "(" + left + " - " + right + ")";
    case 2:
      return "(" + left + " * " + right + ")";
    case 3:
      return "(" + left + " / " + right + ")";
    case 4:
      return is_float ? "(- " + left + ")" : "(" + left + " % " + right + ")";
    case 5:
      return "abs(" + left + ")";
    case 6:
      if (kind == Kind::Numeric && one_in(2)) {
        return "round(" + left + ", " + pick({"0", "2", "-1", "5", "i2"}) + ")";
      }
      if (kind == Kind::Int4) return pick({"length(", "length("}) + text(depth - 1) + ")";
      if (kind == Kind::Numeric || kind == Kind::Float8) {
        return pick({"round(", "floor(", "ceil("}) + left + ")";
      }
      return is_float ? left : "mod(" + left + ", " + right + ")";
    default:
      return any_of_kind(kind, depth);
  }
}

std::string ExpressionMaker::text(int depth) {
  if (depth <= 0) return one_in(2) ? column(Kind::Text) : literal(Kind::Text);
  const std::string first = expression(Kind::Text, depth - 1);
  const std::string second = expression(Kind::Text, depth - 1);
  const auto small = [this] {
    return std::string(pick({"0", "1", "2", "-1", "-3", "k4 % 5", "i2"}));
  };
  switch (below(15)) {
    case 0:
      return "(" + first + " || " + second + ")";
    case 1:
      return "(" + column(Kind::Text) + " || " + expression(any_kind(), depth - 1) + ")";
    case 2:
      return "lower(" + first + ")";
    case 3:
      return "upper(" + first + ")";
    case 4:
      return "substr(" + first + ", " + small() + ")";
    case 5:
      return "substr(" + first + ", " + small() + ", " + small() + ")";
    case 6:
      return std::string(pick({"trim(", "btrim(", "ltrim(", "rtrim("})) + first + ")";
    case 7:
      return "replace(" + first + ", " + pick({"'a'", "''", "'ß'"}) + ", " + second + ")";
    case 8:
      return "left(" + first + ", " + small() + ")";
    case 9:
      return "right(" + first + ", " + small() + ")";
    case 10:
      return "split_part(" + first + ", " + pick({"','", "''", "' '"}) + ", " +
             pick({"1", "2", "-1", "0"}) + ")";
    case 11:
      return "concat(" + expression(any_kind(), depth - 1) + ", " + second + ")";
    case 12:
      return "md5(" + first + ")";
    case 13:
      return "(" + expression(one_in(2) ? Kind::Json : Kind::Jsonb, depth - 1) + " ->> " +
             pick({"'a'", "'b'", "0", "-1", "'missing'", "k4"}) + ")";
    default:
      return any_of_kind(Kind::Text, depth);
  }
}

std::string ExpressionMaker::json(Kind kind, int depth) {
  if (one_in(2)) {
    return "(" + expression(kind, depth - 1) + " -> " +
           pick({"'a'", "'b'", "'c'", "0", "1", "-1"}) + ")";
  }
  return one_in(2) ? cast(kind, depth) : "COALESCE(" + list(kind, depth, 2) + ")";
}

std::string ExpressionMaker::expression(Kind kind, int depth) {
  if (depth <= 0 || one_in(4)) return one_in(3) ? literal(kind) : column(kind);
  if (kind == Kind::Bool) return boolean(depth);
  if (kind == Kind::Text) return text(depth);
  if (sql::is_number(kind)) return number(kind, depth);
  if (kind == Kind::Json || kind == Kind::Jsonb) return json(kind, depth);
  return any_of_kind(kind, depth);
}

}  // namespace slotcast::test
