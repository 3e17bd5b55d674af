#include "connectors/stage/s3/prepared_object.h"

#include <algorithm>
#include <charconv>

#include "connectors/stage/s3/uri.h"
#include "lib/base/crc32c.h"

namespace slotcast::stage::s3 {
namespace {

// The fields of a line, one after the other.
class Fields {
 public:
  explicit Fields(std::string_view line) : rest_(line) {}

  std::string_view text() {
    const std::size_t end = std::min(rest_.find(' '), rest_.size());
    const std::string_view field = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ok_ = ok_ && !field.empty();
    return field;
  }
  template <class Number>
  Number number() {
    const std::string_view field = text();
    Number value = 0;
    const auto read = std::from_chars(field.data(), field.data() + field.size(), value);
    ok_ = ok_ && read.ec == std::errc() && read.ptr == field.data() + field.size();
    return value;
  }
  bool ok() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace

std::uint32_t checksum_of(const std::vector<Part>& parts) {
  std::string list;
  for (const Part& part : parts) {
    list += std::to_string(part.number) + " " + part.etag + " " + std::to_string(part.bytes) + "\n";
  }
  return crc32c(as_bytes(list));
}

std::string encode(const PreparedObject& object) {
  return uri_encode(object.key, true) + " " + uri_encode(object.upload_id, false) + " " +
         uri_encode(object.mark, false) + " " + std::to_string(object.bytes) + " " +
         std::to_string(object.parts) + " " + std::to_string(object.checksum);
}

Result<PreparedObject> decode_prepared(std::string_view line) {
  Fields fields(line);
  PreparedObject object;
  TRY_ASSIGN(object.key, uri_decode(fields.text()));
  TRY_ASSIGN(object.upload_id, uri_decode(fields.text()));
  TRY_ASSIGN(object.mark, uri_decode(fields.text()));
  object.bytes = fields.number<std::uint64_t>();
  object.parts = fields.number<std::uint64_t>();
  object.checksum = fields.number<std::uint32_t>();
  if (!fields.ok()) return corrupt("not a prepared object: \"" + std::string(line) + "\"");
  return object;
}

}  // namespace slotcast::stage::s3
