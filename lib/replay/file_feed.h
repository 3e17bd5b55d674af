#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/branch/feed.h"
#include "lib/replay/manifest.h"
#include "lib/replay/merge.h"

namespace slotcast::replay {

// A branch's view of a stage's files, in the order of their manifest.
//
//     manifest ─▶ batch of files ─▶ Merge ─▶ FileFeed ─▶ slices
//
// A record is a row, counted over the manifest: a checkpoint's `next` is 1 + the rows before it.
// Consecutive rows with the same commit LSN are a transaction; a batch's end ends one, too. The LSN
// of a position is the highest of the rows before it: a stage whose sink was set back has rows
// again, and a position moves forward only.
class FileFeed final : public branch::Feed {
 public:
  // `manifest`: "shop-lake.jsonl". `files` must outlive it. `needs_xid`: a row without `_xid` is
  // refused.
  FileFeed(StageFiles& files, std::string manifest, bool needs_xid = false)
      : files_(files), manifest_(std::move(manifest)), needs_xid_(needs_xid), relations_(files) {}

  bool is_in_snapshot() const override { return false; }
  Status start(const journal::Checkpoint& from) override;
  void let_go() override;
  Result<std::optional<branch::Slice>> next(Sequence written) override;
  const journal::Checkpoint& position() const override { return position_; }

 private:
  Status open_batch();
  Status skip(std::uint64_t rows);
  Status take_head();
  bool is_full() const;
  const Change* begin_of_pair(const Change& head) const;

  StageFiles& files_;
  const std::string manifest_;
  const bool needs_xid_;
  Relations relations_;
  std::unique_ptr<ManifestReader> reader_;  // null: not started
  std::unique_ptr<Merge> merge_;            // null: between two batches
  std::uint64_t passed_ = 0;                // rows of batches that are behind
  std::uint64_t taken_ = 0;                 // rows of the batch
  journal::Checkpoint position_;
  Lsn highest_;
  // Of the slice.
  Arena arena_;
  std::vector<Change> changes_;
};

}  // namespace slotcast::replay
