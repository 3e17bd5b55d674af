#include "connectors/kafka/format/point.h"

#include <bit>
#include <cstdint>

#include "lib/base/bytes.h"

namespace slotcast::kafka {

bool read_point(std::string_view text, PointText& point) {
  const std::size_t comma = text.find(',');
  if (comma == text.npos || !text.starts_with('(') || !text.ends_with(')')) return false;
  point.x = text.substr(1, comma - 1);
  point.y = text.substr(comma + 1, text.size() - comma - 2);
  return true;
}

void put_wkb_point(char* at, double x, double y) {
  constexpr std::uint32_t kKindPoint = 1;
  auto* const bytes = reinterpret_cast<std::byte*>(at);
  bytes[0] = std::byte{1};  // little-endian
  store_le(bytes + 1, kKindPoint);
  store_le(bytes + 5, std::bit_cast<std::uint64_t>(x));
  store_le(bytes + 13, std::bit_cast<std::uint64_t>(y));
}

}  // namespace slotcast::kafka
