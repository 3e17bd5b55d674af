#include "lib/replay/manifest_watch.h"

#include <algorithm>

namespace slotcast::replay {

Status ManifestWatch::look(const OnBatch& on_batch, const std::function<Status()>& before_telling) {
  while (true) {
    TRY_ASSIGN(const auto batch, reader_.next());
    if (!batch) break;
    TRY(on_batch(*batch, read_.rows));
    read_.files += batch->files.size();
    read_.rows += batch->rows;
    end_.record = {read_.rows};
    end_.lsn = std::max(end_.lsn, batch->highest);
  }
  if (end_.record == tail_.durable().record) return {};
  TRY(before_telling());
  {
    const std::lock_guard lock(mutex_);
    told_ = read_;
  }
  tail_.publish_written(end_);
  tail_.publish_durable(end_);
  return {};
}

ManifestWatch::Totals ManifestWatch::totals() const {
  const std::lock_guard lock(mutex_);
  return told_;
}

}  // namespace slotcast::replay
