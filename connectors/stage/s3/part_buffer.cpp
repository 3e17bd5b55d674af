#include "connectors/stage/s3/part_buffer.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace slotcast::stage::s3 {
namespace {

constexpr std::size_t kFirstBytes = 64 * 1024;

}  // namespace

void PartBuffer::append(std::string_view bytes) {
  if (bytes.empty()) return;
  if (capacity_ - size_ < bytes.size()) grow(size_ + bytes.size());
  std::memcpy(bytes_ + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
}

// Pages are moved, not copied, and those that nobody has written to take no memory.
void PartBuffer::grow(std::size_t needed) {
  std::size_t capacity = std::max(capacity_, kFirstBytes);
  while (capacity < needed) capacity *= 2;
  void* const mapped = bytes_ == nullptr ? ::mmap(nullptr, capacity, PROT_READ | PROT_WRITE,
                                                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                                         : ::mremap(bytes_, capacity_, capacity, MREMAP_MAYMOVE);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  bytes_ = static_cast<char*>(mapped);
  capacity_ = capacity;
}

void PartBuffer::clear() {
  if (bytes_ != nullptr) ::munmap(bytes_, capacity_);
  bytes_ = nullptr;
  size_ = capacity_ = 0;
}

}  // namespace slotcast::stage::s3
