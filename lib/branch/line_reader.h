#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "lib/io/file.h"

namespace slotcast::branch {

// The lines of a file one after the other. Takes the memory of the longest of them.
// Threads: one. The file must outlive it.
class LineReader {
 public:
  explicit LineReader(const io::File& file) : file_(file) {}

  struct Line {
    std::string_view text;  // without its end; valid until the next call
    std::uint64_t offset = 0;
    bool is_whole = false;  // its end is there
  };
  // Nothing behind the last one.
  Result<std::optional<Line>> next();

 private:
  const io::File& file_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;     // of the next line in buffer_
  std::size_t end_ = 0;       // of what was read
  std::uint64_t offset_ = 0;  // of buffer_[begin_] in the file
};

}  // namespace slotcast::branch
