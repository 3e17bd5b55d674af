#pragma once

#include <string>
#include <string_view>

#include "lib/base/result.h"

namespace slotcast::stage::s3 {

// A-Z a-z 0-9 - . _ ~ stay, everything else becomes %XX; '/' too unless `keep_slashes`.
std::string uri_encode(std::string_view text, bool keep_slashes);
// Of what uri_encode() made; Corrupt for anything else.
Result<std::string> uri_decode(std::string_view text);

}  // namespace slotcast::stage::s3
