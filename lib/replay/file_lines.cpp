#include "lib/replay/file_lines.h"

#include <cstring>

namespace slotcast::replay {
namespace {

constexpr std::size_t kPieceBytes = 128 * 1024;

}  // namespace

FileLines::FileLines(StageFiles& files, std::string path, Compression compression)
    : files_(files), path_(std::move(path)), decompressor_(make_decompressor(compression)) {}

// 0 at the end of the file.
Result<std::size_t> FileLines::fill(std::span<char> room) {
  if (!decompressor_) {
    TRY_ASSIGN(const std::size_t got, files_.read(path_, offset_, room));
    offset_ += got;
    return got;
  }
  while (true) {
    if (unpacked_.empty() && !has_more_inside_) {
      packed_.resize(kPieceBytes);
      TRY_ASSIGN(const std::size_t got, files_.read(path_, offset_, packed_));
      if (got == 0) return std::size_t{0};
      offset_ += got;
      unpacked_ = {packed_.data(), got};
    }
    TRY_ASSIGN(const auto step, decompressor_->run(unpacked_, room));
    unpacked_.remove_prefix(step.taken);
    has_more_inside_ = step.made == room.size();
    if (step.made > 0) return step.made;
    if (step.taken == 0 && !unpacked_.empty()) return corrupt("it cannot be decompressed further");
  }
}

void FileLines::forget_rest() {
  offset_ -= rest_bytes();
  begin_ = end_ = 0;
}

Result<std::optional<std::string_view>> FileLines::next() {
  std::size_t searched = 0;
  while (true) {
    const std::size_t unsearched = end_ - begin_ - searched;
    const char* from = buffer_.data() + begin_ + searched;
    const void* found = unsearched == 0 ? nullptr : std::memchr(from, '\n', unsearched);
    if (found != nullptr) {
      const char* line = buffer_.data() + begin_;
      const auto size = static_cast<std::size_t>(static_cast<const char*>(found) - line);
      begin_ += size + 1;
      return std::optional<std::string_view>({line, size});
    }
    searched = end_ - begin_;
    if (begin_ > 0) std::memmove(buffer_.data(), buffer_.data() + begin_, searched);
    begin_ = 0;
    end_ = searched;
    // A long line doubles what is read, so that it is not searched piece by piece.
    const std::size_t wanted = 2 * end_ + kPieceBytes;
    if (buffer_.size() < wanted + kPadding) buffer_.resize(wanted + kPadding);
    const auto room = std::span(buffer_).subspan(end_, buffer_.size() - kPadding - end_);
    TRY_ASSIGN(const std::size_t got, fill(room));
    if (got == 0) return std::optional<std::string_view>();
    end_ += got;
  }
}

}  // namespace slotcast::replay
