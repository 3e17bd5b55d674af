#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/stage/s3/bucket.h"
#include "lib/base/result.h"

namespace slotcast::stage::s3 {

// An object that is uploaded and not yet visible: what a token has to remember of it.
struct PreparedObject {
  std::string key;
  std::string upload_id;
  std::string mark;  // random, and with the object once it is visible
  std::uint64_t bytes = 0;
  std::uint64_t parts = 0;
  std::uint32_t checksum = 0;  // of the list of parts, see checksum_of()
};

// Parts as the server named them when it took them: a list that differs later is another object.
std::uint32_t checksum_of(const std::vector<Part>& parts);

// One line without its end and without tabs, so that it fits into a field of a token.
std::string encode(const PreparedObject& object);
// Corrupt when it is not one of those.
Result<PreparedObject> decode_prepared(std::string_view line);

}  // namespace slotcast::stage::s3
