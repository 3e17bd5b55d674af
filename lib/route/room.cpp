#include "lib/route/room.h"

#include <algorithm>

namespace slotcast::route {
namespace {

constexpr std::size_t kPieceCells = 4096;

}  // namespace

Cell* Room::cells(std::size_t count) {
  while (piece_ < pieces_.size() && pieces_[piece_].size - cells_used_ < count) {
    ++piece_;
    cells_used_ = 0;
  }
  if (piece_ == pieces_.size()) {
    const std::size_t size = std::max(count, kPieceCells);
    pieces_.push_back({std::make_unique<Cell[]>(size), size});
  }
  Cell* at = pieces_[piece_].cells.get() + cells_used_;
  cells_used_ += count;
  return at;
}

}  // namespace slotcast::route
