#include "lib/branch/line_reader.h"

#include <cstring>

namespace slotcast::branch {
namespace {

constexpr std::size_t kPieceBytes = 256 * 1024;

}  // namespace

Result<std::optional<LineReader::Line>> LineReader::next() {
  std::size_t searched = 0;
  while (true) {
    const std::size_t unsearched = end_ - begin_ - searched;
    const char* from = buffer_.data() + begin_ + searched;
    const void* found = unsearched == 0 ? nullptr : std::memchr(from, '\n', unsearched);
    if (found != nullptr) {
      const char* line = buffer_.data() + begin_;
      const auto size = static_cast<std::size_t>(static_cast<const char*>(found) - line);
      const Line whole{{line, size}, offset_, true};
      begin_ += size + 1;
      offset_ += size + 1;
      return std::optional<Line>(whole);
    }
    searched = end_ - begin_;
    if (begin_ > 0) std::memmove(buffer_.data(), buffer_.data() + begin_, searched);
    begin_ = 0;
    end_ = searched;
    // A long line doubles what is read, so that it is not searched piece by piece.
    if (buffer_.size() < 2 * end_ + kPieceBytes) buffer_.resize(2 * end_ + kPieceBytes);
    const auto room = std::as_writable_bytes(std::span(buffer_)).subspan(end_);
    TRY_ASSIGN(const std::size_t got, file_.read_at(offset_ + end_, room));
    end_ += got;
    if (got > 0) continue;
    if (end_ == 0) return std::optional<Line>();
    const Line rest{{buffer_.data(), end_}, offset_, false};
    offset_ += end_;
    end_ = 0;
    return std::optional<Line>(rest);
  }
}

}  // namespace slotcast::branch
