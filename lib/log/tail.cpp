#include "lib/log/tail.h"

#include "lib/base/ensure.h"

namespace slotcast::log {

Mark Tail::written() const {
  const std::lock_guard lock(mutex_);
  return written_;
}

Mark Tail::durable() const {
  const std::lock_guard lock(mutex_);
  return durable_;
}

void Tail::publish_written(const Mark& mark) {
  {
    const std::lock_guard lock(mutex_);
    ENSURE(mark.record >= written_.record && mark.block >= written_.block);
    written_ = mark;
  }
  changed_.notify_all();
}

void Tail::publish_durable(const Mark& mark) {
  {
    const std::lock_guard lock(mutex_);
    ENSURE(mark.record >= durable_.record && mark.record <= written_.record);
    durable_ = mark;
  }
  changed_.notify_all();
}

Mark Tail::wait_written(Sequence after, Duration at_most) {
  std::unique_lock lock(mutex_);
  const std::uint64_t nudges = nudges_;
  changed_.wait_for(lock, at_most, [&] {
    return written_.record > after || failure_ || stopped_ || nudges_ != nudges;
  });
  return written_;
}

bool Tail::wait_durable(Sequence record, Duration at_most) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, at_most, [&] { return durable_.record >= record || failure_; });
  return durable_.record >= record;
}

bool Tail::wait_block(std::uint64_t block, Duration at_most) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, at_most, [&] { return written_.block > block || failure_ || stopped_; });
  return written_.block > block;
}

void Tail::fail(Error error) {
  {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(error);
  }
  changed_.notify_all();
}

std::optional<Error> Tail::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void Tail::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
}

bool Tail::stopped() const {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

void Tail::nudge() {
  {
    const std::lock_guard lock(mutex_);
    ++nudges_;
  }
  changed_.notify_all();
}

}  // namespace slotcast::log
