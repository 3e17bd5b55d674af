#include "lib/capture/capture.h"

#include "lib/base/thread.h"

namespace slotcast::capture {
namespace {

// Of some 64 KiB each: what may wait for the log writer before the server has to.
constexpr std::size_t kRingChunks = 32;

}  // namespace

Capture::Capture(Parts parts, Receiver::Connect connect, Appender::ReadCatalog read_catalog,
                 Receiver::Options options)
    : log_(*parts.log),
      counters_(*parts.clock),
      ring_(kRingChunks),
      receiver_(ring_, parts.log->tail(), counters_, *parts.clock, *parts.random,
                std::move(connect), options),
      appender_(ring_, *parts.log, counters_, *parts.clock, std::move(read_catalog)) {}

Capture::~Capture() {
  stop();
}

void Capture::start(std::function<void(const Error&)> on_failure) {
  writer_ = std::thread([this, on_failure] {
    name_thread("log-write");
    if (const Status ended = appender_.run(); !ended.ok()) {
      log_.tail().fail(ended.error());
      fail(ended.error(), on_failure);
    }
  });
  network_ = std::thread([this, on_failure] {
    name_thread("receive");
    if (const Status ended = receiver_.run(); !ended.ok()) fail(ended.error(), on_failure);
  });
}

void Capture::fail(const Error& error, const std::function<void(const Error&)>& on_failure) {
  counters_.note_error(error);
  counters_.note_state(State::Failed);
  if (!failed_.exchange(true)) on_failure(error);
}

void Capture::stop() {
  receiver_.stop();
  if (network_.joinable()) network_.join();
  appender_.stop();
  if (writer_.joinable()) writer_.join();
  if (!failed_) counters_.note_state(State::Stopped);
}

CaptureStatus Capture::status() const {
  CaptureStatus status = counters_.copy();
  status.logged = log_.tail().durable().lsn;
  return status;
}

}  // namespace slotcast::capture
