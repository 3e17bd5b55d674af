#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/stage/s3/bucket.h"
#include "connectors/stage/s3/part_buffer.h"
#include "connectors/stage/s3/part_sizes.h"
#include "connectors/stage/s3/prepared_object.h"

namespace slotcast::stage::s3 {

// One object on its way up: a buffer that becomes a part when it is large enough. After an error
// the object is given up as a whole (ObjectStage::abort()). Threads: one at a time.
class ObjectWriter {
 public:
  ObjectWriter(Bucket& bucket, std::string key, std::string mark)
      : bucket_(bucket), key_(std::move(key)), mark_(std::move(mark)) {}

  const std::string& key() const { return key_; }
  std::uint64_t bytes() const { return sent_bytes_ + buffer_.size(); }
  std::size_t buffered_bytes() const { return buffer_.size(); }
  bool has_begun() const { return !upload_id_.empty(); }
  bool is_finished() const { return is_finished_; }

  void append(std::string_view bytes) { buffer_.append(bytes); }
  // The buffer is as large as the next part is made.
  bool is_part_due() const { return buffer_.size() >= part_bytes(next_part()); }
  // Requires kPartBytesMin buffered bytes. Begins the upload when need be.
  Status send_part();
  // The rest, of whatever size, as the last part; nothing may be appended after.
  Status finish();
  // Aborts the upload, if it has begun.
  Status discard();
  // Requires is_finished().
  PreparedObject prepared() const;

 private:
  int next_part() const { return static_cast<int>(parts_.size()) + 1; }
  Status send_buffer();

  Bucket& bucket_;
  const std::string key_;
  const std::string mark_;
  std::string upload_id_;
  PartBuffer buffer_;
  std::uint64_t sent_bytes_ = 0;
  std::vector<Part> parts_;
  bool is_finished_ = false;
};

}  // namespace slotcast::stage::s3
