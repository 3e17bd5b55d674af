#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "lib/base/result.h"
#include "lib/sink/encode/buffer.h"

// How a stage's files are compressed. A file is a chain of whole gzip members or zstd frames, which
// both formats provide for (RFC 1952, section 2.2; RFC 8878, section 3): so one compressor serves
// all files of a batch, however many there are, and a file needs no memory between its pieces.

namespace slotcast::stage {

enum class Compression { None, Gzip, Zstd };

constexpr const char* name_of(Compression compression) {
  switch (compression) {
    case Compression::None:
      return "none";
    case Compression::Gzip:
      return "gzip";
    case Compression::Zstd:
      return "zstd";
  }
  return "unknown";
}

// The pattern with ".gz" or ".zst" behind it, unless it ends so. Invalid when it ends like a file
// that is compressed in another way.
Result<std::string> with_suffix(const std::string& pattern, Compression compression);

// Threads: one. Keeps its memory from one piece to the next.
class Compressor {
 public:
  virtual ~Compressor() = default;
  // Appends one member or frame that holds all of `plain`.
  virtual Status compress(std::string_view plain, sink::Buffer& out) = 0;
};

// Null for None.
std::unique_ptr<Compressor> make_compressor(Compression compression);

}  // namespace slotcast::stage
