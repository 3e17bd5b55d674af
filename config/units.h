#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Sizes and durations as people write them, always with a unit.

namespace slotcast::config {

// "512B", "64KiB", "1GB" (powers of ten), "200GiB" (powers of two). Nothing when it is not one.
std::optional<std::uint64_t> parse_size(std::string_view text);
// "500ms", "10s", "1h30m", "3d".
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

// What parses back to the same value.
std::string print_size(std::uint64_t bytes);
std::string print_duration(std::chrono::nanoseconds duration);

}  // namespace slotcast::config
