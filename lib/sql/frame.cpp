#include "lib/sql/frame.h"

#include <algorithm>
#include <cstring>

namespace slotcast::sql {
namespace {

constexpr std::size_t kPieceBytes = 16 * 1024;
// What one row may leave behind for the next.
constexpr std::size_t kKeptBytesMax = 4 << 20;

}  // namespace

void Frame::reset() {
  std::size_t total = 0;
  for (const Piece& piece : pieces_) total += piece.size;
  // The first piece alone may be too large as well.
  if (piece_ > 0 || total > kKeptBytesMax) {
    pieces_.clear();
    if (total <= kKeptBytesMax)
      pieces_.push_back({std::make_unique_for_overwrite<char[]>(total), total});
  }
  piece_ = 0;
  used_ = 0;
  decimals_used_ = 0;
  sqlstate_.clear();
  message_.clear();
}

char* Frame::room(std::size_t size) {
  if (pieces_.empty() || pieces_[piece_].size - used_ < size) {
    piece_ = pieces_.size();
    const std::size_t bytes = std::max(size, kPieceBytes);
    pieces_.push_back({std::make_unique_for_overwrite<char[]>(bytes), bytes});
    used_ = 0;
  }
  char* at = pieces_[piece_].bytes.get() + used_;
  used_ += size;
  return at;
}

std::string_view Frame::copy(std::string_view text) {
  if (text.empty()) return {};
  char* at = room(text.size());
  std::memcpy(at, text.data(), text.size());
  return {at, text.size()};
}

Decimal& Frame::decimal() {
  if (decimals_used_ == decimals_.size()) decimals_.push_back(std::make_unique<Decimal>());
  return *decimals_[decimals_used_++];
}

bool Frame::fail(std::string_view sqlstate, std::string message) {
  sqlstate_ = sqlstate;
  message_ = std::move(message);
  return false;
}

}  // namespace slotcast::sql
