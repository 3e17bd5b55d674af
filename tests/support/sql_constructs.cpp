#include "tests/support/sql_constructs.h"

namespace slotcast::test {
namespace {

using Words = std::vector<std::string>;

const Words kNumbers = {"int2", "int4", "int8", "numeric", "float4", "float8"};
const Words kOrdered = {"bool",    "int2", "int4", "int8",      "numeric",     "float4", "float8",
                        "varchar", "date", "time", "timestamp", "timestamptz", "uuid",   "bytea"};

Words with(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

Words comparable() {
  return with(kOrdered, {"text", "mood"});
}

Words all_types() {
  return with(comparable(), {"json", "jsonb"});
}

std::string hole(const std::string& type) {
  return "{" + type + "}";
}

class List {
 public:
  void add(const std::string& form) { constructs_.push_back({form, {form}}); }

  // Each % stands for an operand of the type.
  void add_for(const Words& types, const std::string& form) {
    for (const std::string& type : types) {
      std::string filled;
      for (const char c : form) filled += c == '%' ? hole(type) : std::string(1, c);
      add(filled);
    }
  }

  std::vector<Construct> take() { return std::move(constructs_); }

 private:
  std::vector<Construct> constructs_;
};

bool is_float(const std::string& type) {
  return type.starts_with("float");
}

void add_arithmetic(List& list) {
  for (const std::string& left : kNumbers) {
    for (const std::string& right : kNumbers) {
      for (const char* sign : {" + ", " - ", " * ", " / ", " = ", " < "}) {
        list.add(hole(left) + sign + hole(right));
      }
      if (!is_float(left) && !is_float(right))
        list.add("mod(" + hole(left) + ", " + hole(right) + ")");
      if (!is_float(left) && !is_float(right))
        list.add("(" + hole(left) + ") % (" + hole(right) + ")");
    }
  }
  list.add_for(kNumbers, "- (%)");
  list.add_for(kNumbers, "abs(%)");
  for (const char* function : {"round", "floor", "ceil"}) {
    list.add_for({"int4", "numeric", "float8"}, std::string(function) + "(%)");
  }
  list.add("round({numeric}, {small})");
}

void add_comparisons(List& list) {
  for (const char* sign : {"=", "<>", "!="}) {
    list.add_for(comparable(), "% " + std::string(sign) + " %");
  }
  Words ordered = kOrdered;
  std::erase(ordered, "varchar");
  for (const char* sign : {"<", "<=", ">", ">="}) {
    list.add_for(ordered, "% " + std::string(sign) + " %");
    list.add_for({"text", "varchar"}, "% COLLATE \"C\" " + std::string(sign) + " %");
    list.add_for({"bytes text"}, "% " + std::string(sign) + " 'a'");
    for (const char* other : {"timestamp", "timestamptz"}) {
      list.add("{date} " + std::string(sign) + " " + hole(other));
    }
    list.add("{timestamp} " + std::string(sign) + " {timestamptz}");
  }
  for (const char* negation : {"", "NOT "}) {
    const std::string no = negation;
    list.add_for(comparable(), "% " + no + "IN (%, %)");
    list.add_for(ordered, "% " + no + "BETWEEN % AND %");
    list.add_for({"text", "varchar"}, "% COLLATE \"C\" " + no + "BETWEEN % AND %");
    list.add_for(all_types(), "% IS " + no + "NULL");
    list.add_for(comparable(), "% IS " + no + "DISTINCT FROM %");
    list.add_for(all_types(), "% IS " + no + "DISTINCT FROM NULL");
    list.add_for(all_types(), "NULL IS " + no + "DISTINCT FROM %");
    list.add("{text} " + no + "LIKE {pattern}");
    list.add("{varchar} " + no + "LIKE {pattern}");
    list.add("{text} " + no + "LIKE '%!_%' ESCAPE '!'");
    for (const char* asked : {"TRUE", "FALSE", "UNKNOWN"}) list.add("{bool} IS " + no + asked);
  }
}

void add_choices(List& list) {
  list.add("{bool} AND {bool}");
  list.add("{bool} OR {bool}");
  list.add("NOT {bool}");
  list.add_for(all_types(), "CASE WHEN {bool} THEN % ELSE % END");
  list.add_for(all_types(), "CASE WHEN {bool} THEN % WHEN {bool} THEN % END");
  list.add_for(comparable(), "CASE % WHEN % THEN 'one' ELSE 'other' END");
  list.add_for(all_types(), "COALESCE(%, %)");
  list.add_for(comparable(), "NULLIF(%, %)");
  Words ordered = kOrdered;
  std::erase(ordered, "varchar");
  for (const char* which : {"GREATEST(", "LEAST("}) {
    list.add_for(ordered, which + std::string("%, %)"));
    list.add_for({"text", "varchar"}, which + std::string("% COLLATE \"C\", %)"));
  }
}

void add_texts(List& list) {
  list.add_for(all_types(), "{text} || %");
  list.add_for(all_types(), "concat(%, {text})");
  list.add("{bytea} || {bytea}");
  for (const std::string type : {"text", "varchar"}) {
    list.add("{" + type + "} || {" + type + "}");
    for (const char* form : {"lower(%)",
                             "upper(%)",
                             "length(%)",
                             "md5(%)",
                             "trim(%)",
                             "trim(LEADING 'a' FROM %)",
                             "trim(TRAILING FROM %)",
                             "btrim(%)",
                             "ltrim(%)",
                             "rtrim(%)",
                             "btrim(%, ' a')",
                             "substr(%, {small})",
                             "substr(%, {small}, {length})",
                             "substring(% FROM 2 FOR 2)",
                             "substring(%, {small})",
                             "replace(%, 'a', {text})",
                             "left(%, {small})",
                             "right(%, {small})",
                             "split_part(%, ',', 2)",
                             "split_part(%, ' ', -1)"}) {
      list.add_for({type}, form);
    }
  }
  list.add("length({bytea})");
  list.add("substr({bytea}, {small})");
  list.add("md5({bytea})");
  for (const char* sign : {" -> ", " ->> "}) {
    for (const char* key : {"'a'", "{key}", "0", "-1", "{index}"}) {
      list.add_for({"json", "jsonb"}, "%" + std::string(sign) + key);
    }
  }
}

}  // namespace

std::vector<std::string> texts_with_collations() {
  return {"NULLIF({text}, c)",
          "NULLIF(c, {text})",
          "NULLIF(c, 'Ä')",
          "NULLIF({text}, c COLLATE \"C\")",
          "NULLIF({text} COLLATE \"C\", 'a')",
          "COALESCE(c, {text})",
          "COALESCE({text}, c)",
          "COALESCE(c, 'Ä')",
          "COALESCE({text} COLLATE \"C\", t2)",
          "CASE WHEN b THEN c ELSE {text} END",
          "CASE WHEN b THEN c ELSE 'Ä' END",
          "CASE {text} WHEN c THEN t2 ELSE t END",
          "GREATEST({text} COLLATE \"C\", c)",
          "LEAST(c, 'Ä')",
          "({text} || c)",
          "(c || i4)",
          "({text} COLLATE \"C\" || t2)",
          "concat(c, {text})",
          "concat(c, i4, 'Ä')",
          "replace(c, {text}, 'Ä')",
          "replace(c, 'a', 'Ä')",
          "replace({text}, 'a', c)",
          "split_part(c, ',', 1)",
          "left(c, 3)",
          "trim(c)",
          "substr(c, 1)",
          "CAST(c AS varchar)",
          "CAST({varchar} AS text)",
          "CAST(m AS text)",
          "(jb ->> COALESCE(NULLIF(c, c), 'a'))",
          "(j ->> 'a')"};
}

std::vector<Construct> promised_constructs() {
  List list;
  add_arithmetic(list);
  add_comparisons(list);
  add_choices(list);
  add_texts(list);
  return list.take();
}

std::vector<Construct> casts_of_promised_types() {
  std::vector<Construct> casts;
  Words types = all_types();
  std::erase(types, "mood");
  for (const std::string& to : with(types, {"numeric(10,2)", "varchar(3)"})) {
    for (const std::string& from : all_types()) {
      Construct cast{from + " to " + to, {"CAST(" + hole(from) + " AS " + to + ")"}};
      const bool is_read = from == "text" || from == "varchar";
      const std::string type = to.substr(0, to.find('('));
      // What that type prints, so that it is not an error only.
      if (is_read) cast.forms.push_back("CAST(CAST({" + type + "} AS " + from + ") AS " + to + ")");
      casts.push_back(std::move(cast));
    }
  }
  return casts;
}

}  // namespace slotcast::test
