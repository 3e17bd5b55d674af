#include "connectors/stage/s3/object_writer.h"

namespace slotcast::stage::s3 {

Status ObjectWriter::send_buffer() {
  if (!has_begun()) {
    TRY_ASSIGN(upload_id_, bucket_.create_upload(key_, mark_));
  }
  if (next_part() > kPartsMax || bytes() > kObjectBytesMax) {
    return invalid(key_ + " is larger than an object of S3 may be; make batches smaller");
  }
  TRY_ASSIGN(Part part, bucket_.put_part({key_, upload_id_}, next_part(), buffer_.text()));
  parts_.push_back(std::move(part));
  sent_bytes_ += buffer_.size();
  buffer_.clear();
  return {};
}

Status ObjectWriter::send_part() {
  ENSURE(!is_finished_ && buffer_.size() >= kPartBytesMin);
  return send_buffer();
}

Status ObjectWriter::finish() {
  if (is_finished_) return {};
  // An upload needs a part, if only an empty one.
  if (!buffer_.empty() || parts_.empty()) TRY(send_buffer());
  is_finished_ = true;
  return {};
}

Status ObjectWriter::discard() {
  buffer_.clear();
  is_finished_ = true;
  return has_begun() ? bucket_.abort({key_, upload_id_}) : Status();
}

PreparedObject ObjectWriter::prepared() const {
  ENSURE(is_finished_);
  return {key_, upload_id_, mark_, sent_bytes_, parts_.size(), checksum_of(parts_)};
}

}  // namespace slotcast::stage::s3
