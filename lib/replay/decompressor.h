#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "lib/base/result.h"

// Bytes of a stage's file as they were before they were compressed: a chain of gzip members or of
// zstd frames.

namespace slotcast::replay {

enum class Compression { None, Gzip, Zstd };

// Threads: one. Memory does not grow with the file.
class Decompressor {
 public:
  virtual ~Decompressor() = default;

  struct Step {
    std::size_t taken = 0;  // of the input
    std::size_t made = 0;   // of the room for the output
  };
  // As far as input and room reach. Corrupt when it is not what it should be.
  virtual Result<Step> run(std::string_view from, std::span<char> into) = 0;
  // Whether the input may end here.
  virtual bool is_whole() const = 0;
};

// Null for None.
std::unique_ptr<Decompressor> make_decompressor(Compression compression);

}  // namespace slotcast::replay
