#include "connectors/kafka/format/bits.h"

namespace slotcast::kafka {

char* put_bits(char* at, std::string_view text) {
  while (!text.empty()) {
    const std::size_t count = text.size() < 8 ? text.size() : 8;
    unsigned byte = 0;
    for (const char c : text.substr(text.size() - count)) {
      if (c != '0' && c != '1') return nullptr;
      byte = byte << 1 | static_cast<unsigned>(c - '0');
    }
    *at++ = static_cast<char>(byte);
    text.remove_suffix(count);
  }
  return at;
}

}  // namespace slotcast::kafka
