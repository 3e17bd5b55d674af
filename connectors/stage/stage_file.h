#pragma once

#include <memory>

#include "connectors/stage/compression.h"
#include "connectors/stage/manifest.h"
#include "connectors/stage/place.h"
#include "lib/sink/encode/buffer.h"

namespace slotcast::stage {

// A file of the open batch to which nothing is added any more.
struct FinishedFile {
  std::string handle;   // see place.h
  ManifestEntry entry;  // but for what only the end of the batch tells
};

// One file of the open batch: grows in a buffer, then, compressed, in its place. Memory does not
// grow with the file. Threads: one, the branch's.
class StageFile {
 public:
  // What all files of a sink use, one after the other.
  struct Tools {
    std::unique_ptr<Compressor> compressor;  // null: none
    sink::Buffer compressed;
  };

  // Of `entry`, what is known before the first row.
  StageFile(ManifestEntry entry, std::unique_ptr<UnfinishedFile> file, Tools& tools)
      : entry_(std::move(entry)), file_(std::move(file)), tools_(tools) {}

  sink::Buffer& buffer() { return buffer_; }
  // A row was added to the buffer.
  void count(const ChangeId& id) {
    if (entry_.rows++ == 0) entry_.lowest = entry_.highest = id;
    if (id < entry_.lowest) entry_.lowest = id;
    if (id > entry_.highest) entry_.highest = id;
  }
  // Hands the buffer to the file.
  Status flush();
  // And lets go of both until the next row.
  Status release();
  bool is_open() const { return is_open_; }
  bool is(const UnfinishedFile* file) const { return file_.get() == file; }

  Result<FinishedFile> finish();
  Status discard() { return file_->discard(); }

 private:
  Status write(std::string_view stored);

  ManifestEntry entry_;
  const std::unique_ptr<UnfinishedFile> file_;
  Tools& tools_;
  sink::Buffer buffer_;
  bool is_open_ = false;
};

}  // namespace slotcast::stage
