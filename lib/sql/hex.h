#pragma once

// Two hexadecimal digits for a byte, as PostgreSQL prints and reads them.

namespace slotcast::sql {

// In lower case; returns the end.
inline char* put_hex(unsigned char byte, char* to) {
  constexpr char kDigits[] = "0123456789abcdef";
  *to++ = kDigits[byte >> 4];
  *to++ = kDigits[byte & 0x0F];
  return to;
}

// 0 to 15 of either case, or -1.
constexpr int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace slotcast::sql
