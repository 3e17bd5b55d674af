#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "lib/change/change.h"
#include "lib/sql/frame.h"

namespace slotcast::route {

// Memory for the changes that routes make of others: theirs until reset(), then used again. What
// it handed out does not move. Threads: one.
class Room {
 public:
  void reset() {
    changes_used_ = 0;
    piece_ = 0;
    next_ = nullptr;
    left_ = 0;
    frame_.reset();
  }
  Change& change() {
    if (changes_used_ == changes_.size()) changes_.push_back(std::make_unique<Change>());
    return *changes_[changes_used_++];
  }
  Cell* cells(std::size_t count) {
    if (count > left_) next_piece(count);
    left_ -= count;
    return std::exchange(next_, next_ + count);
  }
  sql::Frame& frame() { return frame_; }

 private:
  void next_piece(std::size_t count);

  struct Piece {
    std::unique_ptr<Cell[]> cells;
    std::size_t size = 0;
  };
  std::vector<std::unique_ptr<Change>> changes_;
  std::size_t changes_used_ = 0;
  std::vector<Piece> pieces_;
  std::size_t piece_ = 0;  // the one to be used next
  Cell* next_ = nullptr;
  std::size_t left_ = 0;  // cells from next_ on
  sql::Frame frame_;
};

}  // namespace slotcast::route
