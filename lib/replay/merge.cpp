#include "lib/replay/merge.h"

namespace slotcast::replay {

Merge::Merge(StageFiles& files, Relations& relations, Batch batch, std::string manifest,
             bool needs_xid)
    : files_(files),
      relations_(relations),
      batch_(std::move(batch)),
      manifest_(std::move(manifest)),
      needs_xid_(needs_xid),
      sources_(batch_.files.size()) {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    sources_[i].entry = &batch_.files[i];
    sources_[i].id = batch_.files[i].lowest;
    sources_[i].index = i;
    waiting_.push(&sources_[i]);
  }
}

Status Merge::begin(Source& source) {
  const auto named = [&](const Error& error) {
    return error.prefixed("manifest " + manifest_ + " line " + std::to_string(source.entry->line));
  };
  auto relation = relations_.of(*source.entry);
  if (!relation.ok()) return named(relation.error());
  auto file = RowFile::open(files_, *source.entry, std::move(relation).value(), needs_xid_);
  if (!file.ok()) return named(file.error());
  source.file = std::move(file).value();
  source.id = source.file->head()->id;
  return {};
}

Status Merge::advance() {
  if (current_ != nullptr) {
    TRY(current_->file->advance().prefixed("manifest " + manifest_ + " line " +
                                           std::to_string(current_->entry->line)));
    const Change* const head = current_->file->head();
    if (head == nullptr) {
      current_->file.reset();
      current_ = nullptr;
    } else {
      current_->id = head->id;
      const bool stays = waiting_.empty() || IsLater()(waiting_.top(), current_);
      if (stays) return {};
      waiting_.push(std::exchange(current_, nullptr));
    }
  }
  while (!waiting_.empty()) {
    Source* const next = waiting_.top();
    waiting_.pop();
    if (next->file) {
      current_ = next;
      return {};
    }
    TRY(begin(*next));
    waiting_.push(next);
  }
  return {};
}

}  // namespace slotcast::replay
