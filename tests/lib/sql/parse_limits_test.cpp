// Goal: no text takes the process down: neither long nor deep ones, nor many at once, nor many
// after each other.
// Method: each way to nest, as deep as the longest text goes; threads that parse side by side; the
// process's supply of thread keys, of which libpg_query takes one for each thread it meets.

#include <pthread.h>

#include <catch2/catch.hpp>
#include <thread>

#include "lib/sql/syntax.h"
#include "tests/support/syntax_text.h"

using namespace slotcast;
using namespace slotcast::sql;

namespace {

// `opening`, as often as the text may be long, then `middle`, then `closing` as often.
std::string nested(const std::string& opening, const std::string& middle,
                   const std::string& closing, std::size_t bytes = kTextBytesMax) {
  const std::size_t count = (bytes - middle.size()) / (opening.size() + closing.size());
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += opening;
  text += middle;
  for (std::size_t i = 0; i < count; ++i) text += closing;
  return text;
}

int depth_of(const Syntax& syntax) {
  int depth = 0;
  for (const SyntaxPtr& argument : syntax.arguments) {
    depth = std::max(depth, depth_of(*argument));
  }
  return depth + 1;
}

}  // namespace

TEST_CASE("texts of the greatest length, nested in every way, end with a complaint",
          "[sql][parse]") {
  for (const std::string& text : {
           nested("1+", "1", ""),
           nested("NOT ", "a", ""),
           nested("- ", "a", ""),
           nested("+ ", "a", ""),
           nested("~ ", "a", ""),
           nested("(", "", ""),
           nested("f(", "a", ")"),
           nested("f(", "", ""),
           nested("CASE WHEN ", "a", " THEN b END"),
           nested("CASE WHEN a THEN ", "b", " END"),
           nested("CASE WHEN a THEN b ELSE ", "c", " END"),
           nested("CASE WHEN ", "", ""),
           nested("COALESCE(", "a", ")"),
           nested("GREATEST(a,", "b", ")"),
           nested("a[", "1", "]"),
           nested("a", "", "::int"),
           nested("a::text", "", "::int"),
           nested("a=", "b", ""),
           nested("a AND (", "b", ")"),
           nested("a IN (", "b", ")"),
           nested("(SELECT ", "a", ")"),
           nested("ARRAY[", "a", "]"),
           nested("a IS NULL ", "", "IS NULL "),
           nested("a", "", " COLLATE \"C\""),
           nested("a", ".b", ".c"),
           nested("/*", "", "*/"),
           nested("a -", "b", ""),
           nested("(a,", "b", ")"),
           nested("(- ", "a", ")"),
           nested("a LIKE ", "b", " ESCAPE c"),
           nested("a BETWEEN b AND ", "c", ""),
           nested("a::int::", "text", ""),
           nested("a UNION SELECT ", "b", ""),
           nested("a;", "", ""),
           nested("1,", "1", ""),
       }) {
    INFO(text.substr(0, 40));
    REQUIRE(text.size() <= kTextBytesMax);
    const auto where = parse_where(text);
    REQUIRE(where.complaint);
    CHECK(where.complaint->offset <= text.size());
    const auto select = parse_select(text);
    REQUIRE(select.complaint);
    CHECK(select.complaint->offset <= text.size());
  }
}

TEST_CASE("a text may be 16 KiB long, and no longer", "[sql][parse]") {
  const std::string longest = "a = '" + std::string(kTextBytesMax - 6, 'x') + "'";
  REQUIRE(longest.size() == kTextBytesMax);
  CHECK_FALSE(parse_where(longest).complaint);
  const auto longer = parse_where(longest + " ");
  REQUIRE(longer.complaint);
  CHECK(longer.complaint->what == "longer than 16384 bytes");
  CHECK(longer.complaint->offset == kTextBytesMax);
}

TEST_CASE("parentheses alone are no level", "[sql][parse]") {
  const auto parsed = parse_where(nested("(", "a", ")"));
  REQUIRE_FALSE(parsed.complaint);
  CHECK(depth_of(*parsed.value) == 1);
}

TEST_CASE("a chain of AND, OR or a list may be as long as a text", "[sql][parse]") {
  const std::string chain = nested("a AND ", "b", "");
  const auto parsed = parse_where(chain);
  REQUIRE_FALSE(parsed.complaint);
  CHECK(parsed.value->arguments.size() == (kTextBytesMax - 1) / 6 + 1);
  CHECK_FALSE(parse_where(nested("a OR ", "b", "")).complaint);
  CHECK_FALSE(parse_where("a IN (" + nested("1,", "2", "", kTextBytesMax - 7) + ")").complaint);
  CHECK_FALSE(parse_where("f(" + nested("-1,", "2", "", kTextBytesMax - 3) + ")").complaint);
}

TEST_CASE("256 levels are read, 257 are not, whatever they are of", "[sql][parse]") {
  struct Nesting {
    const char* opening;
    const char* closing;
  };
  for (const Nesting& nesting : {Nesting{"1+", ""},
                                 {"- ", ""},
                                 {"f(", ")"},
                                 {"a AND (", ")"},
                                 {"CASE WHEN ", " THEN b END"},
                                 {"a IN (", ")"},
                                 {"COALESCE(", ")"},
                                 {"", "::int"},
                                 {"", " IS NULL"},
                                 {"(a LIKE ", " ESCAPE b)"}}) {
    INFO(nesting.opening << nesting.closing);
    const auto text = [&](std::size_t levels) {
      std::string text;
      for (std::size_t i = 1; i < levels; ++i) text += nesting.opening;
      text += "c";
      for (std::size_t i = 1; i < levels; ++i) text += nesting.closing;
      return text;
    };
    const auto deepest = parse_where(text(kDepthMax));
    REQUIRE_FALSE(deepest.complaint);
    CHECK(depth_of(*deepest.value) == kDepthMax);
    const auto deeper = parse_where(text(kDepthMax + 1));
    REQUIRE(deeper.complaint);
    CHECK(deeper.complaint->what == "nested more than 256 deep");
    CHECK(deeper.complaint->offset <= text(kDepthMax + 1).size());
    CHECK(deeper.value == nullptr);
  }
}

TEST_CASE("eight threads parse at once", "[sql][parse]") {
  std::vector<std::string> found(8);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < found.size(); ++i) {
    threads.emplace_back([i, &found] {
      const std::string number = std::to_string(i);
      for (int round = 0; round < 200; ++round) {
        const auto parsed = parse_where("a = -" + number);
        const auto wrong = parse_where(std::string(i, ' ') + "+");
        const bool is_right =
            !parsed.complaint &&
            test::sql_of(*parsed.value) == "(\"a\" = " + (i == 0 ? number : "-" + number) + ")" &&
            wrong.complaint && wrong.complaint->offset == i + 1;
        if (!is_right) found[i] += "round " + std::to_string(round) + " ";
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& wrong : found) CHECK(wrong.empty());
}

TEST_CASE("threads that parse and end take nothing away from the process", "[sql][parse]") {
  // PTHREAD_KEYS_MAX is 1,024.
  for (int i = 0; i < 1100; ++i) {
    std::thread([] { (void)parse_where("a = 1"); }).join();
  }
  pthread_key_t key{};
  REQUIRE(::pthread_key_create(&key, nullptr) == 0);
  ::pthread_key_delete(key);
}
