#include "tests/support/page_bytes.h"

#include <algorithm>

namespace slotcast::test {
namespace {

bool is_zero(Bytes bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

}  // namespace

PageBytes::Page& PageBytes::writable_page(std::size_t index) {
  std::shared_ptr<Page>& page = pages_[index];
  if (!page) {
    page = std::make_shared<Page>();
  } else if (page.use_count() > 1) {
    page = std::make_shared<Page>(*page);
  }
  return *page;
}

void PageBytes::write(std::uint64_t offset, Bytes bytes) {
  if (bytes.empty()) return;
  if (offset + bytes.size() > size_) resize(offset + bytes.size());
  while (!bytes.empty()) {
    const std::size_t index = offset / kPageSizeBytes;
    const std::size_t within = offset % kPageSizeBytes;
    const std::size_t count = std::min(bytes.size(), kPageSizeBytes - within);
    const Bytes part = bytes.first(count);
    if (pages_[index] || !is_zero(part)) {
      std::copy(part.begin(), part.end(), writable_page(index).data() + within);
    }
    bytes = bytes.subspan(count);
    offset += count;
  }
}

std::size_t PageBytes::read(std::uint64_t offset, std::span<std::byte> into) const {
  if (offset >= size_) return 0;
  const std::size_t total = std::min<std::uint64_t>(into.size(), size_ - offset);
  for (std::size_t done = 0; done < total;) {
    const std::size_t index = (offset + done) / kPageSizeBytes;
    const std::size_t within = (offset + done) % kPageSizeBytes;
    const std::size_t count = std::min(total - done, kPageSizeBytes - within);
    if (pages_[index]) {
      std::copy_n(pages_[index]->data() + within, count, into.data() + done);
    } else {
      std::fill_n(into.data() + done, count, std::byte{0});
    }
    done += count;
  }
  return total;
}

void PageBytes::resize(std::uint64_t size_bytes) {
  if (size_bytes < size_ && size_bytes % kPageSizeBytes != 0) {
    const std::size_t last = size_bytes / kPageSizeBytes;
    if (pages_[last]) {
      Page& page = writable_page(last);
      std::fill(page.begin() + static_cast<std::ptrdiff_t>(size_bytes % kPageSizeBytes), page.end(),
                std::byte{0});
    }
  }
  pages_.resize((size_bytes + kPageSizeBytes - 1) / kPageSizeBytes);
  size_ = size_bytes;
}

std::vector<std::byte> PageBytes::all() const {
  std::vector<std::byte> bytes(size_);
  read(0, bytes);
  return bytes;
}

}  // namespace slotcast::test
