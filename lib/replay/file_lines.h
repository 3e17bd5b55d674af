#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/replay/decompressor.h"
#include "lib/replay/stage_files.h"

namespace slotcast::replay {

// The lines of a file of a stage, one after the other. Takes the memory of the longest of them.
// Threads: one. The files must outlive it.
class FileLines {
 public:
  FileLines(StageFiles& files, std::string path, Compression compression);

  // The next line without its end, valid until the next call; nothing when no whole one is there
  // (yet). Behind it kPadding bytes may be read.
  static constexpr std::size_t kPadding = 64;
  Result<std::optional<std::string_view>> next();

  // What stands behind the last whole line is read anew: of a file that is being written.
  void forget_rest();
  // How much that was, as of the last call of next().
  std::size_t rest_bytes() const { return end_ - begin_; }
  // Where in the file the next line begins. Requires that it is not compressed.
  std::uint64_t position_bytes() const { return offset_ - rest_bytes(); }
  // The file did not end in the middle of what is compressed.
  bool is_whole() const {
    return unpacked_.empty() && (!decompressor_ || decompressor_->is_whole());
  }

 private:
  Result<std::size_t> fill(std::span<char> room);

  StageFiles& files_;
  const std::string path_;
  const std::unique_ptr<Decompressor> decompressor_;
  std::uint64_t offset_ = 0;      // in the file, of what is read next
  std::vector<char> packed_;      // compressed
  std::string_view unpacked_;     // of packed_: what is to be unpacked next
  bool has_more_inside_ = false;  // the decompressor may hold output that it had no room for
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // of the next line in buffer_
  std::size_t end_ = 0;    // of what was read
};

}  // namespace slotcast::replay
