#include "lib/sql/md5.h"

#include <openssl/evp.h>

#include <memory>

#include "lib/sql/hex.h"

namespace slotcast::sql {
namespace {

constexpr std::size_t kDigestBytes = 16;

// Fetching the algorithm costs more than hashing a short text: once for a thread. Null when there
// is none.
class Md5Context {
 public:
  Md5Context() : algorithm_(EVP_MD_fetch(nullptr, "MD5", nullptr)), context_(EVP_MD_CTX_new()) {}

  bool hash(std::string_view bytes, unsigned char (&digest)[kDigestBytes]) {
    return algorithm_ && context_ &&
           EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr) == 1 &&
           EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1 &&
           EVP_DigestFinal_ex(context_.get(), digest, nullptr) == 1;
  }

 private:
  struct Free {
    void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD, Free> algorithm_;
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace

bool md5(std::string_view bytes, std::array<char, 32>& digits) {
  thread_local Md5Context context;
  unsigned char digest[kDigestBytes];
  if (!context.hash(bytes, digest)) return false;
  char* end = digits.data();
  for (const unsigned char byte : digest) end = put_hex(byte, end);
  return true;
}

}  // namespace slotcast::sql
