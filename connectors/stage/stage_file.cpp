#include "connectors/stage/stage_file.h"

namespace slotcast::stage {

Status StageFile::flush() {
  if (buffer_.size() == 0) return {};
  if (!file_) {
    const io::OpenMode mode = offset_ == 0 ? io::OpenMode::Create : io::OpenMode::ReadWrite;
    TRY_ASSIGN(file_, directory_.open(path_, mode));
  }
  TRY(file_->write_at(offset_, buffer_.bytes()));
  offset_ += buffer_.size();
  buffer_.clear();
  return {};
}

Status StageFile::sync_and_close() {
  TRY(flush());
  buffer_ = sink::Buffer();
  if (!file_) return {};
  TRY(file_->sync());
  file_.reset();
  return {};
}

}  // namespace slotcast::stage
