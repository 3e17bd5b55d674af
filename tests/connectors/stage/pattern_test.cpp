#include "connectors/stage/pattern.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

using namespace slotcast;
using stage::Names;
using stage::Pattern;

namespace {

// 2026-11-21T05:40:12.9Z, a Saturday, day 325 of the year
const WallTime kInstant = WallTime(std::chrono::microseconds(1'795'239'612'900'000));
const Names kNames{"public", "orders", "lake"};

Pattern parsed(const std::string& text) {
  auto pattern = Pattern::parse(text);
  REQUIRE(pattern.ok());
  return std::move(pattern).value();
}

std::string expanded(const std::string& text, const Names& names = kNames) {
  SeededRandom random(7);
  const auto path = parsed(text).expand(names, kInstant, random);
  REQUIRE(path.ok());
  return path.value();
}

// '#' stands for a digit, 'h' for a hexadecimal one, 'v' for a UUID's variant; else itself.
bool fits(std::string_view shape, std::string_view text) {
  if (shape.size() != text.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const std::string_view allowed = shape[i] == '#'   ? "0123456789"
                                     : shape[i] == 'h' ? "0123456789abcdef"
                                     : shape[i] == 'v' ? "89ab"
                                                       : shape.substr(i, 1);
    if (allowed.find(text[i]) == std::string_view::npos) return false;
  }
  return true;
}

constexpr const char* kUuid = "hhhhhhhh-hhhh-4hhh-vhhh-hhhhhhhhhhhh";
const std::string kSixtyFour(64, '#');

}  // namespace

TEST_CASE("pattern: each directive becomes what its table says", "[stage]") {
  const std::pair<const char*, const char*> cases[] = {
      {"%Y", "2026"},
      {"%y", "26"},
      {"%m", "11"},
      {"%d", "21"},
      {"%H", "05"},
      {"%I", "05"},
      {"%M", "40"},
      {"%S", "12"},
      {"%p", "AM"},
      {"%j", "325"},
      {"%A", "Saturday"},
      {"%a", "Sat"},
      {"%B", "November"},
      {"%b", "Nov"},
      {"%F", "2026-11-21"},
      {"%T", "05:40:12"},
      {"%s", "1795239612"},
      {"%%", "%"},
      {"%%U", "%U"},
      {"%%%%", "%%"},
      {"%%%Y", "%2026"},
      {"{schema}", "public"},
      {"{table}", "orders"},
      {"{sink}", "lake"},
      {"{schema}.{table}", "public.orders"},
      {"%Y/%m/%d", "2026/11/21"},
      {"plain text", "plain text"},
      {"caf\u00e9", "caf\u00e9"},
      {"...", "..."},
      {".hidden", ".hidden"},
      {"a.b/c..d", "a.b/c..d"},
      {"%1N", "#"},
      {"%6N", "######"},
      {"%06N", "######"},
      {"%64N", kSixtyFour.c_str()},
      {"%U", kUuid},
      {"%U-%U", nullptr},
  };
  for (const auto& [text, wanted] : cases) {
    CAPTURE(text);
    const std::string path = expanded(std::string(text) + "/%U.jsonl");
    const std::string first = path.substr(0, path.rfind('/'));
    if (wanted == nullptr) {
      CHECK(first.substr(0, 36) != first.substr(37));
    } else if (wanted[0] == '#' || wanted == std::string(kUuid)) {
      CHECK(fits(wanted, first));
    } else {
      CHECK(first == wanted);
    }
    CHECK(fits(std::string(kUuid) + ".jsonl", path.substr(path.rfind('/') + 1)));
  }
}

TEST_CASE("pattern: an unknown directive is an error that points at it", "[stage]") {
  struct Case {
    const char* pattern;
    int character;  // 0: the error is about the whole
    const char* says;
  };
  const Case cases[] = {
      {"%U%", 3, "at the end"},
      {"%", 1, "at the end"},
      {"%U%x", 3, "unknown directive %x"},
      {"%U%n", 3, "unknown directive %n"},
      {"%U%N", 3, "unknown directive %N"},
      {"%U/%u", 4, "unknown directive %u"},
      {"%U% Y", 3, "unknown directive"},
      {"%U%-d", 3, "unknown directive %-"},
      {"%U%Ey", 3, "unknown directive %E"},
      {"%U%6", 3, "followed by N"},
      {"%U%6U", 3, "followed by N"},
      {"%U%0N", 3, "1 to 64"},
      {"%U%65N", 3, "1 to 64"},
      {"%U%999999999999999999999N", 3, "followed by N"},
      {"%U{database}", 3, "unknown name {database}"},
      {"%U{Table}", 3, "unknown name {Table}"},
      {"%U{}", 3, "unknown name {}"},
      {"%U{table", 3, "'{' without '}'"},
      {"%Utable}", 8, "'}' without '{'"},
      {"%U\n", 3, "control character"},
      {"a\tb%U", 2, "control character"},
      {"%U\x7f", 3, "control character"},
      {"", 0, "empty"},
      {"/%U", 1, "relative"},
      {"a//%U", 0, "empty path part"},
      {"a/%U/", 0, "empty path part"},
      {"./%U", 0, "must not contain \".\""},
      {"../%U", 0, "must not contain \"..\""},
      {"a/../%U", 0, "must not contain \"..\""},
      {"a/./%U", 0, "must not contain \".\""},
      {"%U/..", 0, "must not contain \"..\""},
      {".slotcast/%U", 0, ".slotcast"},
      {"a/.slotcast/%U", 0, ".slotcast"},
      {"%Y.jsonl", 0, "add %U"},
      {"%%U", 0, "add %U"},
      {"%%6N", 0, "add %U"},
      {"%5N", 0, "add %U"},
      {"%5N%5N", 0, "add %U"},
      {"%s{table}", 0, "add %U"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.pattern);
    const auto pattern = Pattern::parse(one.pattern);
    REQUIRE_FALSE(pattern.ok());
    CHECK(pattern.error().kind == ErrorKind::Invalid);
    CAPTURE(pattern.error().what);
    CHECK(pattern.error().what.find(one.says) != std::string::npos);
    const std::string place = "character " + std::to_string(one.character) + ":";
    if (one.character != 0) CHECK(pattern.error().what.find(place) != std::string::npos);
  }
  CHECK_FALSE(Pattern::parse(std::string_view("%U\0x", 4)).ok());
}

TEST_CASE("pattern: no name of a table leads out of the stage or into our own directory",
          "[stage]") {
  const std::vector<std::string> nasty{"../../etc/x",
                                       "a/b",
                                       ".hidden",
                                       "..",
                                       ".",
                                       "/",
                                       "a\nb",
                                       "a\\b",
                                       "%U",
                                       "{sink}",
                                       " ",
                                       "\u00e9",
                                       "-rf",
                                       "slotcast",
                                       ".slotcast",
                                       "a\tb",
                                       "CON",
                                       "~",
                                       std::string("a\0b", 3)};
  for (const std::string& schema : nasty) {
    for (const std::string& table : nasty) {
      for (const std::string text : {"{schema}/{table}/%U", "{schema}.{table}-%6N.jsonl",
                                     "x/.{schema}/..{table}%6N", "{sink}/{table}{schema}%U"}) {
        SeededRandom random(1);
        const auto path = parsed(text).expand({schema, table, "s"}, kInstant, random);
        if (!path.ok()) {
          CHECK(path.error().what.find(".slotcast") != std::string::npos);
          continue;
        }
        const auto parts = std::filesystem::path(path.value());
        CHECK(parts.is_relative());
        CHECK(std::count(path.value().begin(), path.value().end(), '/') ==
              std::count(text.begin(), text.end(), '/'));
        for (const auto& part : parts) {
          CHECK((part != "" && part != "." && part != ".." && part != ".slotcast"));
        }
        for (const char c : path.value()) {
          CHECK((std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                 std::string_view("_.%/-").find(c) != std::string_view::npos));
        }
      }
    }
  }
}

TEST_CASE("pattern: two tables with different names never have one encoded name", "[stage]") {
  std::set<std::string> seen;
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      const std::string name{static_cast<char>(a), static_cast<char>(b)};
      CHECK(seen.insert(stage::percent_encode(name)).second);
    }
  }
  CHECK(stage::percent_encode("a.b_C-9") == "a.b_C-9");
  CHECK(stage::percent_encode(".a") == "%2Ea");
  CHECK(stage::percent_encode("a/\u00e9") == "a%2F%C3%A9");
}

TEST_CASE("pattern: a name longer than file systems take is refused, the longest is not",
          "[stage]") {
  const Pattern pattern = parsed("{schema}/{table}%6N");
  SeededRandom random(1);
  CHECK(pattern.expand({"s", std::string(249, 't'), ""}, kInstant, random).ok());
  for (const std::string& table : {std::string(250, 't'), std::string(300, 't'),
                                   std::string(63, '/') + std::string(61, 'x')}) {
    const auto path = pattern.expand({"s", table, ""}, kInstant, random);
    REQUIRE_FALSE(path.ok());
    CHECK(path.error().kind == ErrorKind::Rejected);
    CHECK(path.error().what.find("255 bytes") != std::string::npos);
  }
  CHECK_FALSE(pattern.expand({std::string(256, 's'), "t", ""}, kInstant, random).ok());
}

TEST_CASE("pattern: each expansion is another name, from real randomness", "[stage]") {
  SystemRandom random;
  std::set<std::string> seen;
  for (const std::string text : {"%U", "%64N", "%20N"}) {
    const Pattern pattern = parsed(text);
    for (int i = 0; i < 2000; ++i) {
      CHECK(seen.insert(pattern.expand(kNames, kInstant, random).value()).second);
    }
  }
}
