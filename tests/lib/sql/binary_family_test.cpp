// Goal: every row of the binary family has PostgreSQL's meaning; uuid and bytea are read from every
// spelling that PostgreSQL reads, and refused with its words.
// Method: random values, right and damaged, asked of a PostgreSQL 15.

#include <catch2/catch.hpp>

#include "tests/lib/sql/text_oracle.h"

using namespace slotcast;
using namespace slotcast::sql;
using namespace slotcast::sql::test;

namespace {

const Texts kIntegers = {"0",  "1",  "2",  "3",  "4",          "5",
                         "-1", "-2", "99", "-7", "2147483647", "-2147483648"};

// Two of few values, so that equal ones meet.
std::string any_uuid(Dice& dice) {
  std::string uuid;
  const std::string digits = dice.one_in(2) ? "0123456789abcdef" : "ffffffffffffff0e";
  for (int i = 0; i < 32; ++i) {
    uuid += digits[i < 3 || dice.one_in(30) ? dice.below(16) : 3];
    if (i == 7 || i == 11 || i == 15 || i == 19) uuid += '-';
  }
  return uuid;
}

std::string spelled(Dice& dice, const std::string& uuid) {
  std::string text = dice.one_in(3) ? "{" : "";
  const std::size_t hyphens = dice.below(3);
  int digits = 0;
  for (const char c : uuid) {
    if (c == '-') continue;
    text += dice.one_in(3) ? static_cast<char>(std::toupper(c)) : c;
    ++digits;
    if (hyphens > 0 && digits % 4 == 0 && digits < 32 && dice.one_in(hyphens)) text += '-';
  }
  if (text[0] == '{') text += '}';
  return text;
}

std::string any_bytea(Dice& dice) {
  static const Texts kHex = {"00", "01", "7f", "80", "ff", "C3", "a9", "5c", "aB", "0A"};
  static const Texts kSpaced = {"00", "ff", " ", "\n", "\t", "\r", "Ab"};
  static const Texts kEscaped = {"a", "é", "\\\\", "\\000", "\\377", "\\101", "'", " ", "x", "😀"};
  switch (dice.below(3)) {
    case 0:
      return "\\x" + dice.word(kHex, 8);
    case 1:
      return "\\x" + dice.word(kSpaced, 8);
    default:
      return dice.word(kEscaped, 8);
  }
}

std::string argument(Dice& dice, Kind kind) {
  switch (kind) {
    case Kind::Int4:
      return dice.of(kIntegers);
    case Kind::Uuid:
      return spelled(dice, any_uuid(dice));
    case Kind::Bytea:
      return any_bytea(dice);
    default:
      return dice.word({"a", "b", "é", "日本", "😀", " ", "\\", "long enough for blocks"}, 9);
  }
}

}  // namespace

TEST_CASE("binary family: every row means what it means in PostgreSQL", "[sql][texts][server]") {
  Oracle oracle;
  Builtins builtins(binary_family());
  Dice dice(20240602);
  for (const Function& function : builtins.family().functions) {
    for (int round = 0; round < 300; ++round) {
      Texts arguments;
      for (int i = 0; i < function.count; ++i) {
        arguments.push_back(argument(dice, function.arguments[i]));
      }
      const bool is_of_equals = function.count == 2 && function.arguments[1] != Kind::Int4;
      if (is_of_equals && dice.one_in(4)) arguments[1] = arguments[0];
      oracle.ask(builtins, function, arguments);
    }
    if (function.arguments[0] == Kind::Bytea && function.count == 1) {
      oracle.ask(builtins, function, {"\\x" + std::string(100'000, 'e')});
    }
  }
  oracle.settle();
  CHECK(oracle.asked() > 5'000);
}

TEST_CASE("uuid and bytea: every spelling, right and wrong", "[sql][texts][server]") {
  Oracle oracle;
  Builtins builtins(binary_family());
  Dice dice(3);
  const Texts pieces = {"-", "{", "}", "g", "0", "A", " ", "é", "--", "@"};
  for (int round = 0; round < 1500; ++round) {
    const std::string uuid = any_uuid(dice);
    oracle.ask_input(builtins, Kind::Uuid, uuid);
    oracle.ask_input(builtins, Kind::Uuid, spelled(dice, uuid));
    oracle.ask_input(builtins, Kind::Uuid, dice.damaged(spelled(dice, uuid), pieces));
  }
  oracle.ask_input(builtins, Kind::Uuid, "");

  const Texts bytea_pieces = {"\\", "x", "g", "\\4", "\\37", "0", " ", "é", "\\\\", "\\x", "\v"};
  for (int round = 0; round < 2000; ++round) {
    const std::string text = any_bytea(dice);
    oracle.ask_input(builtins, Kind::Bytea, text);
    oracle.ask_input(builtins, Kind::Bytea, dice.damaged(text, bytea_pieces));
  }
  for (const char* text : {"", "\\", "\\x", "\\x ", "\\x0", "\\X00", "\\x0 0", "\\x00 ", "\\8"}) {
    oracle.ask_input(builtins, Kind::Bytea, text);
  }
  oracle.settle();
}
