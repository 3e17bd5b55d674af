#include "daemon/admin/metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

#include "lib/metrics/render.h"

namespace slotcast::admin {
namespace {

using metrics::Labels;
using metrics::Page;

double number(Lsn lsn) {
  return static_cast<double>(lsn.value);
}
double number(std::uint64_t value) {
  return static_cast<double>(value);
}

Labels with(const Labels& labels, const char* key, const std::string& value) {
  Labels more = labels;
  more.emplace_back(key, value);
  return more;
}

void add_capture(Page& page, const Snapshot& snapshot, const Labels& labels) {
  using capture::State;
  const capture::CaptureStatus& capture = snapshot.capture;
  for (const State state :
       {State::Starting, State::Connecting, State::Streaming, State::PausedLogFull,
        State::PausedDiskFull, State::ReadingFiles, State::Stopped, State::Failed}) {
    page.add(metrics::kCaptureState, capture.state == state ? 1 : 0,
             with(labels, "state", capture::name_of(state)));
  }
  page.add(metrics::kHead, number(capture.head), labels);
  page.add(metrics::kReceived, number(capture.received), labels);
  page.add(metrics::kLogged, number(capture.logged), labels);
  page.add(metrics::kConfirmed, number(capture.confirmed), labels);
  const bool behind = capture.head > capture.logged;
  page.add(metrics::kSourceLag, behind ? number(capture.head) - number(capture.logged) : 0, labels);
  page.add(metrics::kTransactions, number(capture.transactions), labels);
  page.add(metrics::kMessages, number(capture.messages), labels);
  page.add(metrics::kMessageBytes, number(capture.message_bytes), labels);
  page.add(metrics::kDuplicates, number(capture.duplicate_transactions), labels);
  page.add(metrics::kReconnects, number(capture.reconnects), labels);
  if (!snapshot.slot_health.known) return;
  page.add(metrics::kSlotRestart, number(snapshot.slot_health.restart), labels);
  page.add(metrics::kSlotSafe, static_cast<double>(snapshot.slot_health.safe_wal_bytes), labels);
  page.add(metrics::kSlotStatus, 1, with(labels, "status", snapshot.slot_health.wal_status));
}

void add_snapshot(Page& page, const snapshot::Progress& progress, const Labels& labels) {
  using snapshot::State;
  for (const State state : {State::None, State::Copying, State::Copied, State::Done}) {
    page.add(metrics::kSnapshotState, progress.state == state ? 1 : 0,
             with(labels, "state", snapshot::name_of(state)));
  }
  page.add(metrics::kSnapshotLeft, progress.seconds_left, labels);
  page.add(metrics::kSnapshotSize, number(progress.size_bytes), labels);
  for (const snapshot::TableProgress& table : progress.tables) {
    const Labels of_table = with(labels, "table", table.table);
    page.add(metrics::kSnapshotRows, number(table.rows), of_table);
    page.add(metrics::kSnapshotBytes, number(table.bytes), of_table);
    page.add(metrics::kSnapshotDone, number(table.done_bytes), of_table);
    page.add(metrics::kSnapshotPlanned, number(table.planned_bytes), of_table);
  }
}

void add_chunks(Page& page, const snapshot::ChunkProgress& chunks, const Labels& labels) {
  page.add(metrics::kChunkRows, number(chunks.rows_total), labels);
  page.add(metrics::kChunkTables, number(chunks.tables), labels);
  page.add(metrics::kChunkSize, number(chunks.size_bytes), labels);
}

void add_log(Page& page, const log::LogStatus& log, const Labels& labels) {
  page.add(metrics::kLogSize, number(log.size_bytes), labels);
  page.add(metrics::kLogMax, number(log.size_bytes_max), labels);
  page.add(metrics::kLogSegments, number(log.segments), labels);
  page.add(metrics::kLogBlocks, number(log.blocks), labels);
  page.add(metrics::kLogSyncs, number(log.syncs), labels);
  page.add(metrics::kLogFirst, number(log.first.value), labels);
  page.add(metrics::kLogDurable, number(log.durable.value), labels);
}

void add_sink(Page& page, const branch::BranchStatus& sink, const Labels& pipeline) {
  using branch::State;
  const Labels labels = with(with(pipeline, "sink", sink.sink), "connector", sink.connector);
  for (const State state : {State::Starting, State::Running, State::Retrying, State::Paused,
                            State::Detached, State::Stopped, State::Failed}) {
    page.add(metrics::kSinkState, sink.state == state ? 1 : 0,
             with(labels, "state", branch::name_of(state)));
  }
  page.add(metrics::kDelivered, number(sink.delivered), labels);
  page.add(metrics::kSinkLagBytes, number(sink.lag_bytes), labels);
  page.add(metrics::kSinkHeld, number(sink.held_bytes), labels);
  page.add(metrics::kSinkLagSeconds, sink.lag_seconds, labels);
  page.add(metrics::kSinkRows, number(sink.rows), labels);
  page.add(metrics::kSinkBatches, number(sink.batches), labels);
  page.add(metrics::kSinkBytes, number(sink.bytes), labels);
  page.add(metrics::kSinkRetries, number(sink.retries), labels);
  page.add(metrics::kSinkOpenRows, number(sink.open_rows), labels);
  page.add(metrics::kDeadLetters, number(sink.dead_letters), labels);
  for (const auto& [route, errors] : sink.route_errors) {
    page.add(metrics::kRouteErrors, number(errors), with(labels, "route", route));
  }
  for (const metrics::Figure& figure : sink.figures) page.add(*figure.name, figure.value, labels);
  page.add(metrics::kSinkErrorAt,
           static_cast<double>(sink.last_error_at.time_since_epoch().count()) / 1e6, labels);
}

void add_process(Page& page) {
  std::ifstream statm("/proc/self/statm");
  double pages = 0, resident = 0;
  if (statm >> pages >> resident) {
    page.add(metrics::kProcessMemory, resident * static_cast<double>(::sysconf(_SC_PAGESIZE)));
  }
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  page.add(metrics::kProcessCpu, seconds(usage.ru_utime) + seconds(usage.ru_stime));
}

}  // namespace

std::string metrics_text(const Snapshot& snapshot) {
  Page page;
  const Labels labels{{"pipeline", snapshot.pipeline}};
  std::string reason;
  page.add(metrics::kBuildInfo, 1, with(labels, "version", snapshot.version));
  page.add(metrics::kUptime, snapshot.uptime_seconds, labels);
  page.add(metrics::kReady, is_ready(snapshot, reason) ? 1 : 0, labels);
  add_capture(page, snapshot, labels);
  add_snapshot(page, snapshot.snapshot, labels);
  add_chunks(page, snapshot.chunks, labels);
  add_log(page, snapshot.log, labels);
  for (const branch::BranchStatus& sink : snapshot.sinks) add_sink(page, sink, labels);
  add_process(page);
  return page.text();
}

}  // namespace slotcast::admin
