#include "lib/route/pattern.h"

#include <catch2/catch.hpp>

using namespace slotcast;
using route::TablePattern;

namespace {

TablePattern parsed(const std::string& text) {
  auto pattern = TablePattern::parse(text);
  REQUIRE(pattern.ok());
  return std::move(pattern).value();
}

// The definition of the wildcards, written as plain recursion over bytes (for ASCII names).
bool matches_by_definition(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  if (pattern[0] == '*') {
    return matches_by_definition(pattern.substr(1), name) ||
           (!name.empty() && matches_by_definition(pattern, name.substr(1)));
  }
  return !name.empty() && (pattern[0] == '?' || pattern[0] == name[0]) &&
         matches_by_definition(pattern.substr(1), name.substr(1));
}

// All words of up to `length` letters of `alphabet`.
std::vector<std::string> words(const std::string& alphabet, std::size_t length) {
  std::vector<std::string> all{""};
  for (std::size_t at = 0; at < all.size(); ++at) {
    if (all[at].size() == length) continue;
    for (const char c : alphabet) all.push_back(all[at] + c);
  }
  return all;
}

}  // namespace

TEST_CASE("table pattern: names match as they are written, case included", "[route]") {
  struct Case {
    const char* pattern;
    const char* schema;
    const char* table;
    bool matches;
  };
  const Case cases[] = {
      {"public.t", "public", "t", true},
      {"public.t", "public", "T", false},
      {"public.t", "publi", "ct", false},
      {"Public.T", "Public", "T", true},
      {"Public.T", "public", "t", false},
      {"*.t", "anything", "t", true},
      {"*.*", "a", "b", true},
      {"*.*", "*a", "b*", true},
      {"s.?", "s", "\u00e9", true},
      {"s.?", "s", "ab", false},
      {"s.*?", "s", "\U0001F600", true},
      {"s.??", "s", "\U0001F600", false},
      {"s.\u00e9*", "s", "\u00e9a", true},
      {"s.order_*", "s", "order_2026", true},
      {"s.order_*", "s", "orders", false},
      {"s.*_old", "s", "a_old_old", true},
      {"\"My Schema\".\"t.x\"", "My Schema", "t.x", true},
      {"\"My Schema\".*", "My Schema", "t.x", true},
      {"s.\"*\"", "s", "*", true},
      {"s.\"*\"", "s", "t", false},
      {"s.\"?\"", "s", "t", false},
      {"s.\"a\"\"b\"", "s", "a\"b", true},
      {"s.a-b$", "s", "a-b$", true},
  };
  for (const Case& one : cases) {
    CAPTURE(one.pattern, one.schema, one.table);
    CHECK(parsed(one.pattern).matches(one.schema, one.table) == one.matches);
  }
}

TEST_CASE("table pattern: wildcards mean what their definition says, for all short words",
          "[route]") {
  const auto patterns = words("ab*?", 5);
  const auto names = words("ab*", 5);
  std::uint64_t wrong = 0;
  for (const std::string& text : patterns) {
    if (text.empty()) continue;
    const TablePattern pattern = parsed("s." + text);
    for (const std::string& name : names) {
      if (pattern.matches("s", name) != matches_by_definition(text, name)) {
        ++wrong;
        UNSCOPED_INFO(text << " on " << name);
      }
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("table pattern: many stars on a long name take no time", "[route]") {
  std::string text = "s.";
  for (int i = 0; i < 60; ++i) text += "*a";
  CHECK_FALSE(parsed(text + "b").matches("s", std::string(63, 'a')));
}

TEST_CASE("table pattern: only one without wildcards is exact", "[route]") {
  CHECK(parsed("s.t").is_exact());
  CHECK(parsed("s.\"*\"").is_exact());
  CHECK(parsed("s.\"*\"").table() == "*");
  CHECK_FALSE(parsed("s.t*").is_exact());
  CHECK_FALSE(parsed("?.t").is_exact());
  CHECK(parsed("\"a b\".t").schema() == "a b");
  CHECK(parsed("\"a b\".t").text() == "\"a b\".t");
}

TEST_CASE("table pattern: what is not one is an error that points at the character", "[route]") {
  const std::pair<const char*, int> cases[] = {
      {"", 1},         {"t", 2},     {".t", 1},       {"s.", 3},    {"s.t.u", 4},  {"s t", 2},
      {"s. t", 3},     {"s.t ", 4},  {"\"s.t", 1},    {"s.\"t", 3}, {"s.\"\"", 5}, {"\"s\"x.t", 4},
      {"a\"b\".t", 2}, {"s.a\"", 4}, {"s.\"t\"x", 6}, {"s.t\n", 4}, {"\"s\"", 4},  {"s.\"a\"\"", 3},
  };
  for (const auto& [text, character] : cases) {
    CAPTURE(text);
    const auto pattern = TablePattern::parse(text);
    REQUIRE_FALSE(pattern.ok());
    CHECK(pattern.error().kind == ErrorKind::Invalid);
    CAPTURE(pattern.error().what);
    CHECK(pattern.error().what.find("at character " + std::to_string(character) + ";") !=
          std::string::npos);
  }
}
