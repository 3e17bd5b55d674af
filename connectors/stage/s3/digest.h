#pragma once

#include <string>
#include <string_view>

namespace slotcast::stage::s3 {

// In the forms S3 wants them in.
std::string sha256_hex(std::string_view bytes);
std::string crc32c_base64(std::string_view bytes);

}  // namespace slotcast::stage::s3
