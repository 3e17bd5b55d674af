#include "lib/sink/encode/buffer.h"

#include <algorithm>

namespace slotcast::sink {

void Buffer::grow(std::size_t count) {
  const std::size_t wanted = std::max({size_ + count, capacity_ * 2, std::size_t{512}});
  std::unique_ptr<char[]> larger(new char[wanted]);
  if (size_ != 0) std::memcpy(larger.get(), data_.get(), size_);
  data_ = std::move(larger);
  capacity_ = wanted;
}

}  // namespace slotcast::sink
