#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "lib/base/bytes.h"

// The contents of a file in memory, as pages that copies share until one of them writes.
// A test that looks at thousands of states of a file of some MiB pays for what differs only.

namespace slotcast::test {

class PageBytes {
 public:
  static constexpr std::size_t kPageSizeBytes = 4096;

  std::uint64_t size() const { return size_; }

  // Grows the file when `bytes` end beyond it; a gap reads as zeros.
  void write(std::uint64_t offset, Bytes bytes);
  // How many of `into` are filled; fewer only at the end of the file.
  std::size_t read(std::uint64_t offset, std::span<std::byte> into) const;
  // What is cut off is forgotten: growing again shows zeros.
  void resize(std::uint64_t size_bytes);

  std::vector<std::byte> all() const;

 private:
  using Page = std::array<std::byte, kPageSizeBytes>;

  Page& writable_page(std::size_t index);

  std::vector<std::shared_ptr<Page>> pages_;  // none means a page of zeros
  std::uint64_t size_ = 0;
};

}  // namespace slotcast::test
