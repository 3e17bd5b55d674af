#pragma once

#include <string>
#include <vector>

#include "lib/base/random.h"

// Texts that people and servers write dates and times as, made from a seed.

namespace slotcast::sql::test {

class DatetimeTexts {
 public:
  explicit DatetimeTexts(std::uint64_t seed) : random_(seed) {}

  // ISO 8601 as PostgreSQL takes it; now and then a field is out of its range.
  std::string instant();
  std::string time_of_day();
  // Some characters of `text` replaced, left out, doubled or swapped.
  std::string mutated(std::string text);

  int below(int limit);  // 0 … limit - 1
  bool is_one_in(int count) { return below(count) == 0; }
  const std::string& one_of(const std::vector<std::string>& choices);

 private:
  std::string number(int value, int digits);
  std::string day(bool is_compact);
  std::string clock(bool is_compact);
  std::string zone();
  std::string in_some_case(std::string text);

  SeededRandom random_;
};

// What went wrong for others before, and what only the server knows.
const std::vector<std::string>& nasty_texts();

}  // namespace slotcast::sql::test
