#include "config/units.h"

#include <array>
#include <charconv>
#include <limits>

namespace slotcast::config {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<Unit, 9> kSizes{{{"TiB", 1ull << 40},
                                      {"GiB", 1ull << 30},
                                      {"MiB", 1ull << 20},
                                      {"KiB", 1ull << 10},
                                      {"TB", 1000000000000ull},
                                      {"GB", 1000000000ull},
                                      {"MB", 1000000ull},
                                      {"KB", 1000ull},
                                      {"B", 1}}};
// "ms" before "m" and "s": the longest name first.
constexpr std::array<Unit, 7> kTimes{{{"ms", 1000000ull},
                                      {"us", 1000ull},
                                      {"ns", 1},
                                      {"d", 86400000000000ull},
                                      {"h", 3600000000000ull},
                                      {"m", 60000000000ull},
                                      {"s", 1000000000ull}}};

// One number and its unit from the front of `text`.
template <std::size_t N>
std::optional<std::uint64_t> take(std::string_view& text, const std::array<Unit, N>& units) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  for (const Unit& unit : units) {
    if (!text.starts_with(unit.name)) continue;
    if (number > std::numeric_limits<std::int64_t>::max() / unit.factor) return std::nullopt;
    text.remove_prefix(unit.name.size());
    return number * unit.factor;
  }
  return std::nullopt;
}

template <std::size_t N>
std::string print(std::uint64_t value, const std::array<Unit, N>& units, const char* zero) {
  if (value == 0) return zero;
  const Unit* best = nullptr;
  for (const Unit& unit : units) {
    if (value % unit.factor == 0 && (best == nullptr || unit.factor > best->factor)) best = &unit;
  }
  return std::to_string(value / best->factor) + std::string(best->name);
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const auto size = take(text, kSizes);
  if (!size || !text.empty()) return std::nullopt;
  return size;
}

std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::uint64_t sum = 0;
  while (!text.empty()) {
    const auto part = take(text, kTimes);
    if (!part || *part > std::numeric_limits<std::int64_t>::max() - sum) return std::nullopt;
    sum += *part;
  }
  return std::chrono::nanoseconds(static_cast<std::int64_t>(sum));
}

std::string print_size(std::uint64_t bytes) {
  return print(bytes, kSizes, "0B");
}

std::string print_duration(std::chrono::nanoseconds duration) {
  return print(static_cast<std::uint64_t>(duration.count()), kTimes, "0s");
}

}  // namespace slotcast::config
