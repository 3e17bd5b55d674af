#pragma once

#include <cstddef>
#include <string_view>

namespace slotcast::stage::s3 {

// Bytes of a part that is not sent yet. Straight from the kernel and back to it: the heap keeps
// what it was given, so that a batch of many tables would end with a whole part in memory for each
// of them, however few are unsent at any time.
class PartBuffer {
 public:
  PartBuffer() = default;
  ~PartBuffer() { clear(); }
  PartBuffer(const PartBuffer&) = delete;
  PartBuffer& operator=(const PartBuffer&) = delete;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::string_view text() const { return {bytes_, size_}; }

  void append(std::string_view bytes);
  // Gives the memory back.
  void clear();

 private:
  void grow(std::size_t needed);

  char* bytes_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace slotcast::stage::s3
