#include "tests/support/snapshots.h"

#include <cstdint>
#include <limits>

namespace slotcast::test {
namespace {

branch::BranchStatus sink_named(const std::string& name, std::uint64_t base) {
  branch::BranchStatus sink;
  sink.sink = name;
  sink.connector = "stage";
  sink.state = branch::State::Running;
  sink.delivered = Lsn{base + 1};
  sink.lag_bytes = base + 2;
  sink.lag_seconds = static_cast<double>(base) + 0.25;
  sink.rows = base + 3;
  sink.batches = base + 4;
  sink.bytes = base + 5;
  sink.retries = base + 6;
  sink.open_rows = base + 7;
  sink.dead_letters = base + 8;
  sink.route_errors["routes[0]"] = base + 9;
  return sink;
}

// With all metrics that are a connector's own.
branch::BranchStatus kafka_sink(std::uint64_t base) {
  branch::BranchStatus sink = sink_named("events", base);
  sink.connector = "kafka";
  for (const metrics::Name& name : metrics::kAll) {
    if (!std::string_view(name.name).starts_with("slotcast_kafka_")) continue;
    sink.figures.push_back({&name, static_cast<double>(base + sink.figures.size())});
  }
  return sink;
}

}  // namespace

admin::Snapshot healthy_snapshot() {
  admin::Snapshot snapshot;
  snapshot.version = "9.8.7";
  snapshot.pipeline = "shop";
  snapshot.slot = "slotcast_shop";
  snapshot.uptime_seconds = 12.5;
  snapshot.capture.state = capture::State::Streaming;
  snapshot.capture.head = Lsn{0x100000900};
  snapshot.capture.received = Lsn{0x100000800};
  snapshot.capture.logged = Lsn{0x100000700};
  snapshot.capture.confirmed = Lsn{0x100000600};
  snapshot.capture.transactions = 101;
  snapshot.capture.messages = 102;
  snapshot.capture.message_bytes = 103;
  snapshot.capture.duplicate_transactions = 104;
  snapshot.capture.reconnects = 105;
  snapshot.slot_health = {true, "reserved", 106, Lsn{0x100000500}, Lsn{0x100000600}};
  snapshot.log = {Sequence{107}, Sequence{108}, 109, 110, 111, 112, 113};
  snapshot.snapshot.state = snapshot::State::Copying;
  snapshot.snapshot.tables = {{"public.orders", 401, 402, 403, 404, 405}};
  snapshot.snapshot.done_bytes = 404;
  snapshot.snapshot.planned_bytes = 405;
  snapshot.snapshot.seconds_left = 406.5;
  snapshot.snapshot.size_bytes = 407;
  snapshot.snapshot.size_bytes_max = 408;
  snapshot.sinks = {sink_named("lake", 200), sink_named("archive", 300), kafka_sink(400)};
  return snapshot;
}

std::string nasty_text() {
  return "a\"b\\c\nd\r\te\x1b[31m\x01 <script>&amp; {x=\"y\"} \xC3\xA9 \xFF\xFE end";
}

admin::Snapshot nasty_snapshot() {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  admin::Snapshot snapshot = healthy_snapshot();
  snapshot.slot = nasty_text();
  snapshot.uptime_seconds = 1e9;
  snapshot.capture.state = capture::State::PausedDiskFull;
  snapshot.capture.head = Lsn{kMost};
  snapshot.capture.received = Lsn{kMost};
  snapshot.capture.logged = Lsn{};
  snapshot.capture.confirmed = Lsn{};
  snapshot.capture.last_error = nasty_text() + std::string(500, 'w');
  snapshot.capture.last_error_at = WallTime(std::chrono::seconds(1'700'000'000));
  snapshot.log.size_bytes = kMost;
  snapshot.log.size_bytes_max = kMost;
  snapshot.log.segments = kMost;
  branch::BranchStatus& sink = snapshot.sinks[0];
  sink.sink = std::string(63, 'n');
  sink.state = branch::State::Retrying;
  sink.delivered = Lsn{kMost};
  sink.lag_bytes = sink.rows = sink.batches = sink.bytes = sink.retries = kMost;
  sink.lag_seconds = 1e9;
  sink.last_error = nasty_text();
  sink.last_error_at = snapshot.capture.last_error_at;
  snapshot.sinks[1].sink = nasty_text();
  snapshot.warnings = {nasty_text(), "a plain warning", std::string(300, 'x')};
  return snapshot;
}

}  // namespace slotcast::test
