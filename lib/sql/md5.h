#pragma once

#include <array>
#include <string_view>

namespace slotcast::sql {

// MD5 as 32 lower-case hexadecimal digits. False when OpenSSL does not offer it: in FIPS mode.
//
// Threads: any; each has its own context, made at its first call.
bool md5(std::string_view bytes, std::array<char, 32>& digits);

}  // namespace slotcast::sql
