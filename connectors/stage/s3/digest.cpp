#include "connectors/stage/s3/digest.h"

#include <openssl/evp.h>

#include <array>
#include <cstddef>

#include "lib/base/crc32c.h"
#include "lib/base/ensure.h"

namespace slotcast::stage::s3 {

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned size = 0;
  ENSURE(EVP_Digest(bytes.data(), bytes.size(), hash.data(), &size, EVP_sha256(), nullptr) == 1);
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text += "0123456789abcdef"[hash[i] >> 4];
    text += "0123456789abcdef"[hash[i] & 15];
  }
  return text;
}

std::string crc32c_base64(std::string_view bytes) {
  std::array<std::byte, 4> raw{};
  store_be(raw.data(), crc32c(as_bytes(bytes)));
  std::array<unsigned char, 9> text{};  // 8 characters and a zero
  const int size = EVP_EncodeBlock(text.data(), reinterpret_cast<const unsigned char*>(raw.data()),
                                   static_cast<int>(raw.size()));
  return {reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(size)};
}

}  // namespace slotcast::stage::s3
