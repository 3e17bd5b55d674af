#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>

#include "lib/base/result.h"

// How names are looked up below a directory that is open: by nothing that a name says, and through
// no symbolic link that somebody planted, does one get out of it. Used by the files of lib/io only.

namespace slotcast::io {

// A descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  ~Descriptor();
  int get() const { return value_; }
  int release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

// `flags` and `mode` as open(2) has them; `path` as check_path() wants it. errno stands after an
// error of the system. By openat2(2), or, where kernel or container have none, in steps.
Result<Descriptor> open_beneath(int root, const std::string& path, std::uint64_t flags,
                                mode_t mode);
// One name after the other.
Result<Descriptor> open_in_steps(int root, const std::string& path, std::uint64_t flags,
                                 mode_t mode);

}  // namespace slotcast::io
