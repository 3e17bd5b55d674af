#include "connectors/kafka/format/base64.h"

#include <array>
#include <cstdint>

namespace slotcast::kafka {
namespace {

constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr unsigned char kNoDigit = 0xFF;

constexpr std::array<unsigned char, 256> make_hex_values() {
  std::array<unsigned char, 256> values{};
  values.fill(kNoDigit);
  for (unsigned char i = 0; i < 10; ++i) values[static_cast<std::size_t>('0' + i)] = i;
  for (unsigned char i = 0; i < 6; ++i) {
    values[static_cast<std::size_t>('a' + i)] = static_cast<unsigned char>(10 + i);
    values[static_cast<std::size_t>('A' + i)] = static_cast<unsigned char>(10 + i);
  }
  return values;
}
constexpr std::array<unsigned char, 256> kHexValues = make_hex_values();

// Above 255 when one of the two is no digit.
unsigned byte_of(const char* digits) {
  const unsigned high = kHexValues[static_cast<unsigned char>(digits[0])];
  const unsigned low = kHexValues[static_cast<unsigned char>(digits[1])];
  return high << 4 | low | ((high | low) == kNoDigit ? 0x100u : 0u);
}

char* put_three(char* at, std::uint32_t bytes) {
  at[0] = kDigits[bytes >> 18 & 63];
  at[1] = kDigits[bytes >> 12 & 63];
  at[2] = kDigits[bytes >> 6 & 63];
  at[3] = kDigits[bytes & 63];
  return at + 4;
}

// One or two bytes in the place of three.
char* put_last(char* at, std::uint32_t bytes, std::size_t count) {
  put_three(at, bytes);
  at[3] = '=';
  if (count == 1) at[2] = '=';
  return at + 4;
}

}  // namespace

char* put_base64(char* at, std::string_view bytes) {
  const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
  std::size_t left = bytes.size();
  for (; left >= 3; left -= 3, from += 3) {
    at = put_three(at, std::uint32_t{from[0]} << 16 | std::uint32_t{from[1]} << 8 | from[2]);
  }
  if (left == 0) return at;
  const std::uint32_t second = left == 2 ? from[1] : 0u;
  return put_last(at, std::uint32_t{from[0]} << 16 | second << 8, left);
}

char* put_bytes_of_hex(char* at, std::string_view digits) {
  if (digits.size() % 2 != 0) return nullptr;
  unsigned all = 0;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const unsigned byte = byte_of(digits.data() + i);
    all |= byte;
    *at++ = static_cast<char>(byte);
  }
  return all > 0xFF ? nullptr : at;
}

char* put_base64_of_hex(char* at, std::string_view digits) {
  if (digits.size() % 2 != 0) return nullptr;
  const char* from = digits.data();
  std::size_t left = digits.size() / 2;
  unsigned all = 0;
  for (; left >= 3; left -= 3, from += 6) {
    const unsigned first = byte_of(from), second = byte_of(from + 2), third = byte_of(from + 4);
    all |= first | second | third;
    at = put_three(at, (first & 0xFF) << 16 | (second & 0xFF) << 8 | (third & 0xFF));
  }
  if (left != 0) {
    const unsigned first = byte_of(from);
    const unsigned second = left == 2 ? byte_of(from + 2) : 0;
    all |= first | second;
    at = put_last(at, (first & 0xFF) << 16 | (second & 0xFF) << 8, left);
  }
  return all > 0xFF ? nullptr : at;
}

}  // namespace slotcast::kafka
