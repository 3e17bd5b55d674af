#include "lib/route/room.h"

#include <algorithm>

namespace slotcast::route {
namespace {

constexpr std::size_t kPieceCells = 4096;

}  // namespace

// What is left of the one before is lost until reset().
void Room::next_piece(std::size_t count) {
  while (piece_ < pieces_.size() && pieces_[piece_].size < count) ++piece_;
  if (piece_ == pieces_.size()) {
    const std::size_t size = std::max(count, kPieceCells);
    pieces_.push_back({std::make_unique<Cell[]>(size), size});
  }
  next_ = pieces_[piece_].cells.get();
  left_ = pieces_[piece_].size;
  ++piece_;
}

}  // namespace slotcast::route
