#include "lib/branch/redrive.h"

namespace slotcast::branch {

void RedriveOrder::ask() {
  const std::lock_guard lock(mutex_);
  answer_.reset();
  is_asked_ = true;
}

std::optional<Result<Redriven>> RedriveOrder::answer() const {
  const std::lock_guard lock(mutex_);
  return answer_;
}

void RedriveOrder::answer_with(Result<Redriven> answer) {
  const std::lock_guard lock(mutex_);
  if (!is_asked_) return;
  answer_ = std::move(answer);
  is_asked_ = false;
}

}  // namespace slotcast::branch
