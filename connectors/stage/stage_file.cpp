#include "connectors/stage/stage_file.h"

#include "lib/base/crc32c.h"

namespace slotcast::stage {
namespace {

// Of rows in one gzip member or zstd frame.
constexpr std::size_t kPieceBytesMax = 1 << 20;

}  // namespace

Status StageFile::write(std::string_view stored) {
  is_open_ = true;
  TRY(file_->write(as_bytes(stored)));
  entry_.bytes += stored.size();
  entry_.crc32c = crc32c(as_bytes(stored), entry_.crc32c);
  return {};
}

Status StageFile::flush() {
  std::string_view plain = buffer_.text();
  if (!tools_.compressor && !plain.empty()) {
    TRY(write(plain));
    plain = {};
  }
  while (!plain.empty()) {
    const std::string_view piece = plain.substr(0, kPieceBytesMax);
    tools_.compressed.clear();
    TRY(tools_.compressor->compress(piece, tools_.compressed));
    TRY(write(tools_.compressed.text()));
    plain.remove_prefix(piece.size());
  }
  buffer_.clear();
  return {};
}

Status StageFile::release() {
  TRY(flush());
  buffer_ = sink::Buffer();
  is_open_ = false;
  return file_->release();
}

Result<FinishedFile> StageFile::finish() {
  TRY(flush());
  buffer_ = sink::Buffer();
  TRY_ASSIGN(auto finished, file_->finish());
  entry_.file = std::move(finished.path);
  return FinishedFile{std::move(finished.handle), entry_};
}

}  // namespace slotcast::stage
