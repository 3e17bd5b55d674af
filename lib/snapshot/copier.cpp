#include "lib/snapshot/copier.h"

#include <chrono>

#include "lib/base/diag.h"
#include "lib/base/thread.h"

namespace slotcast::snapshot {
namespace {

using std::chrono::milliseconds;

constexpr Duration kTick = milliseconds(20);

}  // namespace

Copier::Copier(Parts parts, Options options, Task task)
    : parts_(parts),
      options_(options),
      task_(std::move(task)),
      ledger_(task_.plan, task_.present, *parts.clock) {}

Copier::~Copier() {
  stop();
}

void Copier::start(OnFailure on_failure, OnMissing on_missing, OnInterrupted on_interrupted) {
  on_failure_ = std::move(on_failure);
  on_missing_ = std::move(on_missing);
  on_interrupted_ = std::move(on_interrupted);
  for (std::size_t i = 0; i < options_.workers; ++i) {
    auto reader = i == 0 ? std::move(task_.reader) : nullptr;
    threads_.emplace_back([this, i, reader = std::move(reader)]() mutable {
      name_thread("snapshot-" + std::to_string(i + 1));
      // At full priority, before the branches: the server keeps dead rows, and tables their locks,
      // until the last range is copied.
      work(std::move(reader));
    });
  }
}

void Copier::stop() {
  stopping_ = true;
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Copier::work(std::unique_ptr<Reader> reader) {
  Worker worker;
  worker.reader = std::move(reader);
  worker.has_locks = worker.reader != nullptr;
  while (!stopping_ && !ledger_.is_finished()) {
    if (!wait_for_room() || !copy_next(worker)) return;
  }
}

// False when the worker has to end.
bool Copier::copy_next(Worker& worker) {
  if (!worker.reader) return open(worker);
  const Range* range = ledger_.take();
  if (range == nullptr) {
    // Another worker may have to give one back, or this one. It holds no snapshot meanwhile, unless
    // its locks are what keeps the tables as they are.
    if (!worker.has_locks) worker.reader.reset();
    if (worker.finishing.valid()) return take_outcome(worker, worker.finishing.get());
    pause(milliseconds(200));
    return true;
  }
  if (!task_.plan.exists(*range)) {
    leave_out(*range);
    return true;
  }
  const auto on_rows = [&](std::uint64_t rows) -> Status {
    ledger_.note_rows(*range, rows);
    return stopping_ ? Status(transient("stopping")) : Status();
  };
  auto copied = worker.reader->copy(task_.plan, *range, task_.point, *parts_.directory,
                                    worker.random, on_rows);
  if (copied.ok()) return hand_over(worker, *range, std::move(copied).value());
  if (copied.error().kind == ErrorKind::Invalid) {
    on_missing_(*range, copied.error().what);
    leave_out(*range);
    return true;
  }
  ledger_.give_back(*range);
  worker.reader.reset();
  worker.has_locks = false;
  return take_outcome(worker, copied.error());
}

bool Copier::open(Worker& worker) {
  auto opened = open_reader();
  if (!opened.ok()) return take_outcome(worker, opened.error());
  worker.reader = std::move(opened).value();
  return true;
}

// One range at most waits for the disk while the worker reads the next: a slow disk slows it down.
bool Copier::hand_over(Worker& worker, const Range& range, Reader::Copied copied) {
  std::future<Status> before = std::move(worker.finishing);
  if (before.valid()) before.wait();
  finishing_bytes_ += copied.writer.size_bytes();
  worker.finishing =
      std::async(std::launch::async, [this, &range, copied = std::move(copied)]() mutable {
        name_thread("snapshot-sync");
        return finish(range, std::move(copied));
      });
  return take_outcome(worker, before.valid() ? before.get() : Status());
}

// Nobody sees the range before it is durable; when it cannot be, another attempt copies it.
Status Copier::finish(const Range& range, Reader::Copied copied) {
  const std::uint64_t size_bytes = copied.writer.size_bytes();
  auto segment = copied.writer.finish();
  Status outcome = segment.status();
  if (outcome.ok()) {
    parts_.side->add(range.number, std::move(segment).value());
    ledger_.finish(range, copied.rows, copied.bytes);
  } else {
    if (Status abandoned = copied.writer.abandon(); !abandoned.ok()) outcome = abandoned;
    ledger_.give_back(range);
  }
  finishing_bytes_ -= size_bytes;
  return outcome;
}

void Copier::leave_out(const Range& range) {
  parts_.side->leave_out(range.number);
  ledger_.finish(range, 0, 0);
}

// False when the worker has to end.
bool Copier::take_outcome(Worker& worker, const Status& outcome) {
  if (outcome.ok()) {
    worker.backoff.reset();
  } else if (outcome.error().kind == ErrorKind::Transient) {
    retry_later(outcome.error(), worker.backoff, worker.random);
  } else {
    on_failure_(outcome.error());
  }
  return outcome.ok() || outcome.error().kind == ErrorKind::Transient;
}
// In the exported snapshot as long as there is one.
Result<std::unique_ptr<Reader>> Copier::open_reader() {
  if (!task_.exported.empty()) {
    auto opened = Reader::open(*parts_.pg, task_.exported);
    if (opened.ok()) {
      auto reader = std::make_unique<Reader>(std::move(opened).value());
      // A TRUNCATE that waits for the first worker's locks goes before this one's: the range has to
      // be given back, to the first worker, or all three would wait for each other.
      TRY(reader->limit_lock_waits());
      return reader;
    }
    if (opened.error().kind == ErrorKind::Transient) return opened.error();
    diag::warning("snapshot", "the exported snapshot is gone; going on without",
                  {{"error", opened.error().what}});
  }
  TRY(on_interrupted_());
  TRY_ASSIGN(Reader later, Reader::open_later(*parts_.pg, task_.visible));
  return std::make_unique<Reader>(std::move(later));
}

void Copier::retry_later(const Error& error, Backoff& backoff, Random& random) {
  if (stopping_) return;
  {
    const std::lock_guard lock(mutex_);
    last_error_ = error.what;
  }
  const Duration wait = backoff.next(random);
  diag::warning("snapshot", "will try again",
                {{"in_ms", std::to_string(wait / milliseconds(1))}, {"error", error.what}});
  pause(wait);
}

// The ranges that sinks have not read take no more of the disk than they may; but one that lies
// before others is what the sinks wait for, and always has room. False when stopping.
bool Copier::wait_for_room() {
  while (parts_.side->size_bytes() + finishing_bytes_ >= options_.disk_bytes_max &&
         ledger_.next() >= parts_.side->last()) {
    if (stopping_) return false;
    if (!paused_.exchange(true)) {
      diag::info("snapshot", "paused: the sinks have to read what is copied first");
    }
    std::this_thread::sleep_for(kTick);
  }
  paused_ = false;
  return true;
}

void Copier::pause(Duration duration) const {
  const SteadyTime end = parts_.clock->now() + duration;
  while (!stopping_ && parts_.clock->now() < end) std::this_thread::sleep_for(kTick);
}

Progress Copier::progress() const {
  Progress progress = ledger_.progress();
  progress.state = ledger_.is_finished() ? State::Copied : State::Copying;
  progress.is_paused = paused_;
  const std::lock_guard lock(mutex_);
  progress.last_error = last_error_;
  return progress;
}

}  // namespace slotcast::snapshot
