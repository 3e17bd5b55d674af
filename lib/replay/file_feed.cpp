#include "lib/replay/file_feed.h"

#include <algorithm>

namespace slotcast::replay {
namespace {

// Of one slice: enough for the work on it to be spread, little enough to stay in the caches.
constexpr std::size_t kSliceRowsMax = 256;
constexpr std::size_t kSliceBytesMax = 256 * 1024;

bool lacks_value(Cells cells) {
  return std::any_of(cells.begin(), cells.end(),
                     [](const Cell& cell) { return cell.is_unchanged(); });
}

}  // namespace

Status FileFeed::start(const journal::Checkpoint& from) {
  let_go();
  reader_ = std::make_unique<ManifestReader>(files_, manifest_);
  position_ = from;
  highest_ = from.lsn;
  passed_ = 0;
  const std::uint64_t before = from.next.value - 1;
  while (passed_ < before) {
    TRY(open_batch());
    const std::uint64_t rows = merge_->batch().rows;
    if (passed_ + rows > before) return skip(before - passed_);
    passed_ += rows;
    merge_.reset();
  }
  return {};
}

void FileFeed::let_go() {
  merge_.reset();
  reader_.reset();
  changes_ = {};
  arena_ = {};
}

// Who asks for it knows that it is there.
Status FileFeed::open_batch() {
  TRY_ASSIGN(auto batch, reader_->next());
  if (!batch) {
    return corrupt("manifest " + manifest_path(manifest_) + " has fewer lines than it had");
  }
  merge_ = std::make_unique<Merge>(files_, relations_, std::move(*batch), manifest_path(manifest_),
                                   needs_xid_);
  taken_ = 0;
  return {};
}

Status FileFeed::skip(std::uint64_t rows) {
  TRY(merge_->advance());
  for (taken_ = 0; taken_ < rows; ++taken_) TRY(merge_->advance());
  return {};
}

bool FileFeed::is_full() const {
  return changes_.size() >= kSliceRowsMax || arena_.size_bytes() >= kSliceBytesMax;
}

// A changed key is two rows, of which the second one may lack long values that stayed: where a
// route asks for the row before, the first one is it. A table that the writer's routes send to
// several targets has both rows in each, so that the pairs come mixed. Null: it is no such row.
const Change* FileFeed::begin_of_pair(const Change& head) const {
  if (head.operation != Operation::Create || !lacks_value(head.row)) return nullptr;
  for (auto each = changes_.rbegin(); each != changes_.rend(); ++each) {
    if (each->id.ordinal + 1 < head.id.ordinal) break;
    const bool is_before = each->id.ordinal + 1 == head.id.ordinal;
    if (is_before && each->operation == Operation::Delete && each->relation == head.relation) {
      return &*each;
    }
  }
  return nullptr;
}

Status FileFeed::take_head() {
  const Change& head = *merge_->head();
  Change change = head;
  change.row = arena_.copy(head.row);
  if (const Change* const begin = begin_of_pair(head)) change.old = begin->row;
  changes_.push_back(change);
  highest_ = std::max(highest_, head.id.commit_lsn);
  ++taken_;
  return merge_->advance();
}

Result<std::optional<branch::Slice>> FileFeed::next(Sequence written) {
  changes_.clear();
  arena_.clear();
  if (!merge_) {
    if (position_.next > written) return std::optional<branch::Slice>();
    TRY(open_batch());
    TRY(merge_->advance());
  }
  // A batch that is to end here is not read further.
  const bool begins = passed_ + taken_ + 1 == position_.next.value;
  if (begins && position_.next > written) return std::optional<branch::Slice>();
  branch::Slice slice;
  slice.commit_lsn = merge_->head()->id.commit_lsn;
  slice.commit_time = merge_->head()->commit_time;
  const auto goes_on = [&] {
    return merge_->head() != nullptr && merge_->head()->id.commit_lsn == slice.commit_lsn;
  };
  while (goes_on() && (!is_full() || begin_of_pair(*merge_->head()))) TRY(take_head());
  slice.changes = changes_;
  slice.ends_transaction = !goes_on();
  if (slice.ends_transaction) {
    position_ = {{passed_ + taken_ + 1}, highest_, slice.commit_time};
  }
  if (merge_->head() == nullptr) {
    passed_ += merge_->batch().rows;
    merge_.reset();
  }
  return std::optional<branch::Slice>(slice);
}

}  // namespace slotcast::replay
