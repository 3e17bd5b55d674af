// Goal: json and jsonb are read, printed and taken apart as PostgreSQL does it, errors included.
// Method: random JSON texts with odd spelling, and damaged ones, asked of a PostgreSQL 15; what no
// server would send must still not crash anything.

#include <catch2/catch.hpp>

#include "lib/sql/json_parser.h"
#include "lib/sql/json_path.h"
#include "tests/lib/sql/text_oracle.h"

using namespace slotcast;
using namespace slotcast::sql;
using namespace slotcast::sql::test;

namespace {

const Texts kSpaces = {"", "", "", "", " ", "\n", "\t\r", "  \n "};
const Texts kNumbers = {"0",
                        "-0",
                        "1",
                        "-1",
                        "1.10",
                        "1e2",
                        "1E-3",
                        "0e5",
                        "-0.0",
                        "0e-5",
                        "12.5e1",
                        "-7.050e1",
                        "100e-2",
                        "0.001e2",
                        "1e+2",
                        "2e-1",
                        "0.0e-3",
                        "10",
                        "123456789012345678901234567890.5"};
const Texts kCharacters = {"a",
                           "b",
                           "é",
                           "日",
                           "😀",
                           " ",
                           "\x7f",
                           "\\\"",
                           "\\\\",
                           "\\/",
                           "\\b",
                           "\\f",
                           "\\n",
                           "\\r",
                           "\\t",
                           "\\u0061",
                           "\\u00e9",
                           "\\u65E5",
                           "\\ud83d\\ude00",
                           "\\u0001",
                           "\\u001F",
                           "\\u007f",
                           "'",
                           "{",
                           "]",
                           ",",
                           ":"};
const Texts kRare = {"\\u0000", "\\ud83d", "\\ude00", "\\ud83dx", "\\ud83d\\n", "\\ud83d\\u0041"};
const Texts kKeys = {"a", "b", "aa", "\\u0061", "é", "\\u00e9", "", "0", "1", "k", "A", "日本"};

std::string any_number(Dice& dice) {
  if (!dice.one_in(4)) return dice.of(kNumbers);
  std::string number = dice.one_in(3) ? "-" : "";
  number += dice.one_in(3) ? "0" : "1" + dice.word({"0", "5", "90", "12345"}, 25);
  if (dice.one_in(2)) number += "." + dice.word({"0", "00", "7", "123"}, 30) + "0";
  if (dice.one_in(3))
    number += "e" + dice.word({"-", "+"}, 1) + dice.of({"0", "1", "7", "13", "120"});
  return number;
}

std::string any_string(Dice& dice) {
  std::string text = dice.word(kCharacters, 6);
  if (dice.one_in(60)) text += dice.of(kRare);
  return '"' + text + '"';
}

std::string any_json(Dice& dice, int depth);

std::string any_members(Dice& dice, int depth) {
  std::string text = "{";
  for (std::size_t n = dice.below(5), i = 0; i < n; ++i) {
    if (i > 0) text += ",";
    const std::string key = dice.one_in(4) ? any_string(dice) : '"' + dice.of(kKeys) + '"';
    text += dice.of(kSpaces) + key + dice.of(kSpaces) + ":" + any_json(dice, depth - 1);
  }
  return text + dice.of(kSpaces) + "}";
}

std::string any_elements(Dice& dice, int depth) {
  std::string text = "[";
  for (std::size_t n = dice.below(4), i = 0; i < n; ++i) {
    text += (i > 0 ? "," : "") + any_json(dice, depth - 1);
  }
  return text + dice.of(kSpaces) + "]";
}

std::string any_json(Dice& dice, int depth) {
  std::string text = dice.of(kSpaces);
  const std::size_t kind = dice.below(depth > 0 ? 8 : 4);
  if (kind == 0) text += any_number(dice);
  if (kind == 1 || kind == 2) text += any_string(dice);
  if (kind == 3) text += dice.of({"true", "false", "null"});
  if (kind == 4 || kind == 5) text += any_elements(dice, depth);
  if (kind == 6 || kind == 7) text += any_members(dice, depth);
  return text + dice.of(kSpaces);
}

const Texts kDamage = {"{",       "}",        "[",   "]",    ",",    ":", "\"",  "\\", "\\u",
                       "0",       "-",        ".",   "e",    "\x01", "x", "_",   "é",  "/",
                       "\\u0000", "1e999999", "nul", "true", "tru",  "1", "0x1", " "};

std::string nested(const std::string& open, const std::string& inner, const std::string& close,
                   int depth) {
  std::string text;
  for (int i = 0; i < depth; ++i) text += open;
  text += inner;
  for (int i = 0; i < depth; ++i) text += close;
  return text;
}

std::string argument(Dice& dice, const Function& function) {
  if (function.arguments[1] == Kind::Int4) {
    return dice.of({"0", "1", "2", "3", "-1", "-2", "-3", "-4", "2147483647", "-2147483648"});
  }
  return dice.of({"a", "b", "aa", "é", "", "0", "1", "k", "A", "日本", "\\u0061", "\"", "none"});
}

}  // namespace

TEST_CASE("json and jsonb: what is read, and how it prints", "[sql][texts][server]") {
  Oracle oracle;
  Builtins builtins(json_family());
  Dice dice(20240603);
  for (int round = 0; round < 2500; ++round) {
    const std::string text = any_json(dice, 4);
    oracle.ask_input(builtins, Kind::Json, text);
    oracle.ask_input(builtins, Kind::Jsonb, text);
    const std::string worse = dice.damaged(text, kDamage);
    oracle.ask_input(builtins, Kind::Json, worse);
    oracle.ask_input(builtins, Kind::Jsonb, worse);
  }

  Texts texts = {"",
                 " ",
                 "nullx",
                 "null x",
                 "truefalse",
                 "01",
                 "-",
                 "1.",
                 ".5",
                 "1e",
                 "+1",
                 "\"",
                 "\"\\",
                 "\"\\u12",
                 "[1,]",
                 "[,1]",
                 "{\"a\"}",
                 "{\"a\":}",
                 "{\"a\":1,}",
                 "{1:2}",
                 "{,}",
                 "[1 2]",
                 "[",
                 "{",
                 "]",
                 "}",
                 "[1}",
                 "{\"a\":1]",
                 "1 2",
                 "\"a\" \"b\"",
                 "[1e999999 x",
                 "[1e999999 }",
                 "[1e999999 nullx",
                 "[\"\\u0000\", x",
                 "[x, \"\\u0000\"",
                 "1e131071",
                 "1e131072",
                 "10e131071",
                 "0.1e131072",
                 "1e-16383",
                 "1e-16384",
                 "1.5e-16383",
                 "0e-16383",
                 "0e-16384",
                 "0e131072",
                 "0e1073741822",
                 "0e1073741823",
                 "0e-1073741823",
                 "1e99999999999999999999",
                 "1e-99999999999999999999",
                 "-0e0",
                 std::string(100, '9') + "." + std::string(100, '8'),
                 std::string(131'072, '7'),
                 std::string(131'073, '7'),
                 "0." + std::string(16'383, '1'),
                 "0." + std::string(16'384, '1'),
                 "\"\xc2\x80\"",
                 "\"a\tb\"",
                 "\"\\x\"",
                 "\"\\ud83d\"",
                 "\"\\ud83d\\ud83d\"",
                 "\"\\ude00\"",
                 "\"\\ud83d\\ude00\"",
                 "\"\\u0000\\x\"",
                 "\"\\x\\u0000\"",
                 "{\"a\":1,\"a\":2,\"b\":3,\"\\u0061\":4}",
                 "{\"\\u0000\":1}",
                 "\"" + std::string(100'000, 'q') + "\\n\""};
  for (const int depth : {5'000, 30'000}) {
    texts.push_back(nested("[", "", "]", depth));
    texts.push_back(nested("{\"k\": [", "1e1", "]}", depth / 2));
  }
  for (const std::string& text : texts) {
    oracle.ask_input(builtins, Kind::Json, text);
    oracle.ask_input(builtins, Kind::Jsonb, text);
  }
  std::string wide = "{";
  for (int i = 0; i < 5'000; ++i) {
    wide += (i > 0 ? ",\"" : "\"") + std::to_string(i * 7919 % 2'503) + "\":" + std::to_string(i);
  }
  oracle.ask_input(builtins, Kind::Jsonb, wide + "}");
  oracle.settle();

  const std::string deepest = nested("[", "", "]", static_cast<int>(kJsonDepthMax));
  const std::string too_deep = "ERROR 54001 stack depth limit exceeded";
  for (const Kind kind : {Kind::Json, Kind::Jsonb}) {
    CHECK(builtins.input(kind, deepest) == present(deepest));
    CHECK(builtins.input(kind, "[" + deepest + "]") == too_deep);
  }
}

TEST_CASE("json and jsonb: -> and ->>", "[sql][texts][server]") {
  Oracle oracle;
  Builtins builtins(json_family());
  Dice dice(20240604);
  for (const Function& function : builtins.family().functions) {
    for (int round = 0; round < 1000; ++round) {
      const bool is_fitting = !dice.one_in(8);
      const bool is_array = (function.arguments[1] == Kind::Int4) == is_fitting;
      std::string text = is_array ? any_elements(dice, 3) : any_members(dice, 3);
      if (dice.one_in(10)) text = any_json(dice, 0);
      oracle.ask(builtins, function, {dice.of(kSpaces) + text, argument(dice, function)});
    }
    const bool is_array = function.arguments[1] == Kind::Int4;
    const std::string deep = nested("[", "{\"a\":1}", "]", 4'000);
    const std::string text = is_array ? "[1, " + deep + ", 3]" : "{\"b\":" + deep + ",\"a\":2}";
    oracle.ask(builtins, function, {text, is_array ? "-1" : "a"});
    oracle.ask(builtins, function, {text, is_array ? "1" : "b"});
  }
  oracle.settle();
}

TEST_CASE("json and jsonb: casts between them", "[sql][texts][server]") {
  Oracle oracle;
  Builtins builtins(json_family());
  Dice dice(20240605);
  Frame frame;
  for (int round = 0; round < 500; ++round) {
    const std::string text = any_json(dice, 3);
    for (const Cast& cast : builtins.family().casts) {
      // The value as a cell of a column of `from` would have it.
      const std::string from = builtins.input(cast.from, text);
      if (from.starts_with("ERROR")) continue;
      const std::string cell = from.substr(2);
      frame.reset();
      Value value = Value::of_text(cell);
      const Value argument = value;
      const bool is_cast = cast.call == nullptr || cast.call(frame, &argument, value);
      oracle.ask("$1::" + sql_type(cast.from) + "::" + sql_type(cast.to), {text},
                 is_cast ? present(value.text) : failure(frame));
    }
  }
  oracle.settle();
}

TEST_CASE("json and jsonb: a text that is neither gives a value or an error",
          "[sql][texts][server]") {
  Dice dice(5);
  Builtins builtins(json_family());
  for (int round = 0; round < 5'000; ++round) {
    std::string text = dice.damaged(dice.damaged(any_json(dice, 3), kDamage), kDamage);
    text.resize(dice.below(text.size() + 1));
    // Of its own exact size, so that a sanitizer sees a step too far.
    const std::vector<char> exact(text.begin(), text.end());
    const std::string_view view(exact.data(), exact.size());
    for (const char* key : {"a", ""}) {
      Frame frame;
      std::optional<std::string_view> found;
      if (find_json_field(frame, view, key, found) && found) json_value_text(frame, *found);
      if (find_jsonb_field(frame, view, key, found) && found) json_value_text(frame, *found);
    }
    for (const int index : {0, 1, -1}) {
      Frame frame;
      std::optional<std::string_view> found;
      if (find_json_element(frame, view, index, found) && found) json_value_text(frame, *found);
      if (find_jsonb_element(frame, view, index, found) && found) json_value_text(frame, *found);
    }
  }
  const std::string unfinished(1'000'000, '[');
  Frame frame;
  std::optional<std::string_view> found;
  CHECK_FALSE(find_json_element(frame, unfinished, 0, found));
  CHECK_FALSE(find_jsonb_element(frame, unfinished, 0, found));
}
