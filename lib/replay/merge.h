#pragma once

#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "lib/replay/relations.h"
#include "lib/replay/row_file.h"

namespace slotcast::replay {

// The rows of a batch's files as one sequence: each file's in its own order, and the next one
// always of the file whose next row is the lowest by (commit LSN, ordinal).
//
// Threads: one. A file is open from where its lowest row may come on.
class Merge {
 public:
  // `manifest`: for errors. All must outlive it. `needs_xid`: as RowFile has it.
  Merge(StageFiles& files, Relations& relations, Batch batch, std::string manifest, bool needs_xid);

  // The next row, valid until advance(); null behind the last one. Only behind a good advance().
  const Change* head() const { return current_ == nullptr ? nullptr : current_->file->head(); }
  // Behind the head; the first call finds the first one.
  Status advance();

  const Batch& batch() const { return batch_; }

 private:
  struct Source {
    const FileEntry* entry = nullptr;
    std::unique_ptr<RowFile> file;  // null: not begun, or at its end
    ChangeId id;                    // of its next row, or not above that
    std::size_t index = 0;          // in the batch: decides between equal ones
  };
  struct IsLater {
    bool operator()(const Source* a, const Source* b) const {
      return a->id != b->id ? a->id > b->id : a->index > b->index;
    }
  };

  Status begin(Source& source);

  StageFiles& files_;
  Relations& relations_;
  const Batch batch_;
  const std::string manifest_;
  const bool needs_xid_;
  std::vector<Source> sources_;
  std::priority_queue<Source*, std::vector<Source*>, IsLater> waiting_;
  Source* current_ = nullptr;  // has the head; not in waiting_
};

}  // namespace slotcast::replay
