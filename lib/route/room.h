#pragma once

#include <cstddef>
#include <memory>
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
    cells_used_ = 0;
    piece_ = 0;
    frame_.reset();
  }
  Change& change() {
    if (changes_used_ == changes_.size()) changes_.push_back(std::make_unique<Change>());
    return *changes_[changes_used_++];
  }
  Cell* cells(std::size_t count);
  sql::Frame& frame() { return frame_; }

 private:
  struct Piece {
    std::unique_ptr<Cell[]> cells;
    std::size_t size = 0;
  };
  std::vector<std::unique_ptr<Change>> changes_;
  std::size_t changes_used_ = 0;
  std::vector<Piece> pieces_;
  std::size_t piece_ = 0;  // the one being used
  std::size_t cells_used_ = 0;
  sql::Frame frame_;
};

}  // namespace slotcast::route
