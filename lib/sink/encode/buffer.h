#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "lib/base/bytes.h"

namespace slotcast::sink {

// Bytes an encoder appends to: grows, is cleared and used again, and never fills with zeros what is
// about to be written over.
class Buffer {
 public:
  // Room for `count` more bytes behind what is there; they count once advance() says so.
  char* reserve(std::size_t count) {
    if (capacity_ - size_ < count) grow(count);
    return data_.get() + size_;
  }
  void advance(const char* end) { size_ = static_cast<std::size_t>(end - data_.get()); }

  void append(std::string_view text) {
    if (text.empty()) return;  // there may be no memory yet, and memcpy() takes no null
    char* at = reserve(text.size());
    std::memcpy(at, text.data(), text.size());
    size_ += text.size();
  }
  void append(char c) {
    *reserve(1) = c;
    ++size_;
  }
  void clear() { size_ = 0; }
  void truncate(std::size_t size) { size_ = size; }
  char& at(std::size_t index) { return data_[index]; }
  std::size_t size() const { return size_; }
  std::string_view text() const { return {data_.get(), size_}; }
  Bytes bytes() const { return as_bytes(text()); }

 private:
  void grow(std::size_t count);

  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace slotcast::sink
