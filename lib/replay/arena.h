#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "lib/change/change.h"

namespace slotcast::replay {

// Memory of rows that are valid together: what it gives stays where it is until clear().
// Threads: one.
class Arena {
 public:
  // All is gone; room for rows of the usual size stays.
  void clear() {
    if (chunks_.size() > 1) chunks_.resize(1);
    used_ = 0;
    size_bytes_ = 0;
    if (!chunks_.empty() && chunks_.front().size > kChunkBytes) chunks_.clear();
  }

  char* bytes(std::size_t count) {
    constexpr std::size_t kAlignment = alignof(std::max_align_t);
    const std::size_t taken = (count + kAlignment - 1) / kAlignment * kAlignment;
    size_bytes_ += taken;
    if (chunks_.empty() || chunks_.back().size - used_ < taken) {
      const std::size_t size = std::max(taken, kChunkBytes);
      chunks_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
      used_ = 0;
    }
    char* const at = chunks_.back().data.get() + used_;
    used_ += taken;
    return at;
  }
  std::string_view copy(std::string_view text) {
    char* const at = bytes(text.size());
    if (!text.empty()) std::memcpy(at, text.data(), text.size());
    return {at, text.size()};
  }
  std::span<Cell> cells(std::size_t count) {
    auto* const first = reinterpret_cast<Cell*>(bytes(count * sizeof(Cell)));
    std::uninitialized_value_construct_n(first, count);
    return {first, count};
  }
  // With all texts.
  Cells copy(Cells cells) {
    const std::span<Cell> mine = this->cells(cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      mine[i] = cells[i];
      if (cells[i].kind == Cell::Kind::Text) mine[i].data = copy(cells[i].text()).data();
    }
    return mine;
  }
  std::size_t size_bytes() const { return size_bytes_; }

 private:
  static constexpr std::size_t kChunkBytes = 16 * 1024;
  struct Chunk {
    std::unique_ptr<char[]> data;
    std::size_t size = 0;
  };

  std::vector<Chunk> chunks_;
  std::size_t used_ = 0;  // of the last one
  std::size_t size_bytes_ = 0;
};

}  // namespace slotcast::replay
