// Goal: a frame hands out memory that nobody else has until it is reset, takes back what was not
//       needed, asks for no more once it has grown, and does not keep what one large row needed.
// Method: seeded rows of texts are filled with a pattern each and looked at when the row ends; the
//         process's own counts of allocations tell what was asked for.

#include "lib/sql/frame.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <set>

#include "lib/base/random.h"
#include "tests/support/allocations.h"

namespace slotcast::sql::test {
namespace {

struct Filled {
  char* at;
  std::size_t size;
  char pattern;
};

bool is_whole(const Filled& filled) {
  for (std::size_t i = 0; i < filled.size; ++i) {
    if (filled.at[i] != filled.pattern) return false;
  }
  return true;
}

// Everything of one row, as the built-ins of an expression would ask for it.
std::vector<Filled> fill_row(Frame& frame, SeededRandom& random, int texts, std::size_t size_max) {
  std::vector<Filled> row;
  for (int i = 0; i < texts; ++i) {
    const std::size_t asked = random.next() % size_max;
    const std::size_t unused = asked == 0 ? 0 : random.next() % asked;
    const char pattern = static_cast<char>('a' + i % 26);
    char* at = frame.room(asked);
    std::memset(at, pattern, asked);
    frame.trim(unused);
    row.push_back({at, asked - unused, pattern});
  }
  return row;
}

// How often the same row, evaluated again, asks for memory.
template <class Row>
std::uint64_t allocations_of(Frame& frame, const Row& row) {
  const std::uint64_t before = slotcast::test::allocations();
  frame.reset();
  row();
  return slotcast::test::allocations() - before;
}

}  // namespace

TEST_CASE("rooms of a row do not overlap, and hold until the frame is reset", "[sql][frame]") {
  SeededRandom random(7);
  Frame frame;
  for (int i = 0; i < 200; ++i) {
    frame.reset();
    // From rows that fit into the first piece to rows of a megabyte.
    const std::size_t size_max = std::size_t{1} << (1 + random.next() % 16);
    const auto row = fill_row(frame, random, 60, size_max);
    for (const Filled& filled : row) CHECK(is_whole(filled));
  }
}

TEST_CASE("what a text does not take is given to the next one", "[sql][frame]") {
  Frame frame;
  char* first = frame.room(100);
  frame.trim(90);
  CHECK(frame.room(10) == first + 10);
  char* taken_back = frame.room(50);
  frame.trim(50);
  CHECK(frame.room(1) == taken_back);
  // In a piece of its own as well.
  char* large = frame.room(1 << 20);
  frame.trim((1 << 20) - 3);
  CHECK(frame.room(1) == large + 3);
}

TEST_CASE("a copy is another text with the same bytes", "[sql][frame]") {
  Frame frame;
  std::string text("a\0b", 3);
  const std::string_view copy = frame.copy(text);
  CHECK(copy == text);
  text[0] = 'x';
  CHECK(copy == std::string_view("a\0b", 3));
  CHECK(frame.copy("").empty());
}

TEST_CASE("rows like those before ask for no memory", "[sql][frame]") {
  const auto [texts, size_max] =
      GENERATE(std::pair<int, std::size_t>(20, 64), std::pair<int, std::size_t>(20, 64 * 1'024),
               std::pair<int, std::size_t>(200, 16 * 1'024));
  Frame frame;
  const auto row = [&frame, texts = texts, size = size_max / 2] {
    for (int i = 0; i < texts; ++i) {
      std::memset(frame.room(size), 'x', size);
      frame.trim(size / 4);
      frame.decimal();
    }
  };
  // The first row grows the frame, the second makes one piece of what it has grown to.
  row();
  allocations_of(frame, row);
  for (int i = 0; i < 10; ++i) CHECK(allocations_of(frame, row) == 0);
}

TEST_CASE("a row of very much leaves no memory behind", "[sql][frame]") {
  // In one text, or in many; as the first row of all, and later.
  const auto [texts, size] = GENERATE(std::pair<int, std::size_t>(1, 64 << 20),
                                      std::pair<int, std::size_t>(1, (4 << 20) + 1),
                                      std::pair<int, std::size_t>(600, 10 * 1'024));
  Frame frame;
  const auto much = [&frame, texts = texts, size = size] {
    for (int i = 0; i < texts; ++i) frame.room(size);
  };
  const auto small = [&frame] { frame.room(100); };
  much();
  for (int i = 0; i < 3; ++i) {
    // What was kept would not be asked for again.
    CHECK(allocations_of(frame, much) > 0);
    CHECK(allocations_of(frame, small) > 0);
    CHECK(allocations_of(frame, small) == 0);
  }
}

TEST_CASE("decimals of a row are different ones, and are used again by the next", "[sql][frame]") {
  Frame frame;
  std::set<Decimal*> first;
  for (int i = 0; i < 50; ++i) first.insert(&frame.decimal());
  CHECK(first.size() == 50);
  frame.reset();
  std::set<Decimal*> second;
  const std::uint64_t before = slotcast::test::allocations();
  std::array<Decimal*, 50> again{};
  for (Decimal*& decimal : again) decimal = &frame.decimal();
  CHECK(slotcast::test::allocations() == before);
  second.insert(again.begin(), again.end());
  CHECK(second == first);
}

TEST_CASE("an error is known until the frame is reset", "[sql][frame]") {
  Frame frame;
  CHECK_FALSE(frame.fail("22012", "division by zero"));
  CHECK(frame.sqlstate() == "22012");
  CHECK(frame.message() == "division by zero");
  frame.reset();
  CHECK(frame.sqlstate().empty());
  CHECK(frame.message().empty());
}

}  // namespace slotcast::sql::test
