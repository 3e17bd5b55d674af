#pragma once

#include <memory>

#include "lib/replay/arena.h"
#include "lib/replay/file_lines.h"
#include "lib/replay/manifest.h"
#include "lib/replay/row_parser.h"

namespace slotcast::replay {

// One file's rows, one after the other.
// Threads: one. Errors name the file, and the row where it is about one: Corrupt when the file is
// not what its manifest says, Invalid when it is gone.
class RowFile {
 public:
  // Reads the whole file once, before any of its rows is used: what is damaged must not reach a
  // sink. `files` must outlive it. `needs_xid`: a row without `_xid` is refused.
  static Result<std::unique_ptr<RowFile>> open(StageFiles& files, const FileEntry& entry,
                                               RelationPtr relation, bool needs_xid);

  // The row that is next, valid until advance(); null behind the last one.
  const Change* head() const { return has_head_ ? &head_ : nullptr; }
  Status advance();

 private:
  RowFile(StageFiles& files, const FileEntry& entry, RelationPtr relation, bool needs_xid)
      : path_(entry.file),
        rows_(entry.rows),
        lines_(files, entry.file, entry.compression),
        parser_(std::move(relation), needs_xid) {}

  Status read();

  const std::string path_;
  const std::uint64_t rows_;  // as the manifest counts them
  std::uint64_t row_ = 0;     // of the head, from 1
  FileLines lines_;
  RowParser parser_;
  Arena arena_;
  Change head_;
  bool has_head_ = false;
};

}  // namespace slotcast::replay
