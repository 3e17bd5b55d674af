#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>

// Numbers as people read them in a terminal of 80 columns.

namespace slotcast {

template <class... Values>
std::string format(const char* pattern, Values... values) {
  char text[256];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

// With one decimal, at most 9 columns: 999.9 KiB.
std::string human_bytes(std::uint64_t bytes);
// Exactly up to `exact_max`; else in thousands and up, in at most 5 columns.
std::string human_count(std::uint64_t count, std::uint64_t exact_max = 999'999);
std::string human_seconds(double seconds);
// "4m 10s", "3h 5m", "12 days".
std::string human_wait(double seconds);

// A control character in a name or an error must not move the terminal's cursor.
std::string printable(std::string text);
// Breaks at spaces; every line after the first is indented.
std::string wrap(const std::string& text, std::size_t columns, std::size_t indent = 4);

// How far something is.
struct Bar {
  std::string name;
  std::uint64_t done = 0;
  std::uint64_t total = 0;
  std::uint64_t rows = 0;    // 0: not shown
  double seconds_left = -1;  // -1: not shown
};

// One line of at most 79 columns and its end.
std::string render_bar(const Bar& bar);

}  // namespace slotcast
