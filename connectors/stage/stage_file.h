#pragma once

#include <memory>
#include <string>

#include "lib/io/file.h"
#include "lib/sink/encode/buffer.h"

namespace slotcast::stage {

// One table's file of the open batch: grows in a buffer, then in a temporary file. Memory does not
// grow with the file. Threads: one, the branch's.
class StageFile {
 public:
  StageFile(io::Directory& directory, std::string path)
      : directory_(directory), path_(std::move(path)) {}

  sink::Buffer& buffer() { return buffer_; }
  // Hands the buffer to the file, which is made or opened when need be.
  Status flush();
  // Everything handed over survives a power cut; file and buffer are let go until the next write.
  // Never closed unsynced: the kernel may forget a failed write together with the last descriptor.
  Status sync_and_close();
  bool is_open() const { return file_ != nullptr; }
  std::uint64_t bytes() const { return offset_ + buffer_.size(); }

 private:
  io::Directory& directory_;
  const std::string path_;
  std::unique_ptr<io::File> file_;
  std::uint64_t offset_ = 0;
  sink::Buffer buffer_;
};

}  // namespace slotcast::stage
