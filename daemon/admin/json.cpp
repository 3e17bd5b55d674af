#include "daemon/admin/json.h"

#include <cstdio>

#include "lib/sink/encode/json_text.h"

namespace slotcast::admin {
namespace {

// Never nothing: a hole would break the JSON around it.
void put_text(sink::Buffer& out, const std::string& value) {
  if (!sink::append_json_string(out, value)) out.append("\"(not UTF-8)\"");
}

// Writes one object; members in order.
class Object {
 public:
  explicit Object(sink::Buffer& out) : out_(out) { out_.append('{'); }
  void end() { out_.append('}'); }

  void key(const char* name) {
    if (!first_) out_.append(',');
    first_ = false;
    sink::append_json_string(out_, name);
    out_.append(':');
  }
  void text(const char* name, const std::string& value) {
    key(name);
    put_text(out_, value);
  }
  void lsn(const char* name, Lsn value) {
    key(name);
    if (value) {
      sink::append_json_string(out_, to_string(value));
    } else {
      out_.append("null");
    }
  }
  void number(const char* name, std::uint64_t value) {
    key(name);
    out_.append(std::to_string(value));
  }
  void signed_number(const char* name, std::int64_t value) {
    key(name);
    out_.append(std::to_string(value));
  }
  void seconds(const char* name, double value) {
    char digits[40];
    std::snprintf(digits, sizeof digits, "%.3f", value);
    key(name);
    out_.append(digits);
  }
  void boolean(const char* name, bool value) {
    key(name);
    out_.append(value ? "true" : "false");
  }
  void error(const std::string& what, WallTime at) {
    text("last_error", what);
    const auto since = at.time_since_epoch().count();
    text("last_error_at", what.empty() ? "" : to_iso8601(pg_time_from_unix(since)));
  }

 private:
  sink::Buffer& out_;
  bool first_ = true;
};

template <class Item, class Put>
void put_list(sink::Buffer& out, const std::vector<Item>& items, const Put& put) {
  out.append('[');
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out.append(',');
    put(out, items[i]);
  }
  out.append(']');
}

void put_capture(sink::Buffer& out, const Snapshot& snapshot) {
  const capture::CaptureStatus& capture = snapshot.capture;
  Object object(out);
  object.text("state", capture::name_of(capture.state));
  object.lsn("head", capture.head);
  object.lsn("received", capture.received);
  object.lsn("logged", capture.logged);
  object.lsn("confirmed", capture.confirmed);
  const bool behind = capture.head > capture.logged;
  object.number("lag_bytes", behind ? capture.head.value - capture.logged.value : 0);
  object.number("transactions", capture.transactions);
  object.number("messages", capture.messages);
  object.number("message_bytes", capture.message_bytes);
  object.number("duplicate_transactions", capture.duplicate_transactions);
  object.number("reconnects", capture.reconnects);
  object.error(capture.last_error, capture.last_error_at);
  object.end();
}

void put_slot(sink::Buffer& out, const SlotHealth& slot) {
  Object object(out);
  object.text("wal_status", slot.wal_status);
  object.signed_number("safe_wal_bytes", slot.safe_wal_bytes);
  object.lsn("restart", slot.restart);
  object.lsn("confirmed", slot.confirmed);
  object.end();
}

void put_log(sink::Buffer& out, const log::LogStatus& log) {
  Object object(out);
  object.number("first_record", log.first.value);
  object.number("durable_record", log.durable.value);
  object.number("segments", log.segments);
  object.number("size_bytes", log.size_bytes);
  object.number("max_size_bytes", log.size_bytes_max);
  object.number("blocks", log.blocks);
  object.number("syncs", log.syncs);
  object.end();
}

void put_table(sink::Buffer& out, const snapshot::TableProgress& table) {
  Object object(out);
  object.text("table", table.table);
  object.number("rows", table.rows);
  object.number("rows_estimated", table.rows_estimated);
  object.number("bytes", table.bytes);
  object.number("done_bytes", table.done_bytes);
  object.number("planned_bytes", table.planned_bytes);
  object.end();
}

void put_files(sink::Buffer& out, const FilesStatus& files) {
  Object object(out);
  object.text("stage", files.stage);
  object.text("manifest", files.manifest);
  object.number("files", files.files);
  object.number("rows", files.rows);
  object.end();
}

void put_snapshot(sink::Buffer& out, const snapshot::Progress& progress) {
  Object object(out);
  object.text("state", snapshot::name_of(progress.state));
  object.number("done_bytes", progress.done_bytes);
  object.number("planned_bytes", progress.planned_bytes);
  if (progress.seconds_left >= 0) {
    object.seconds("seconds_left", progress.seconds_left);
  } else {
    object.key("seconds_left");
    out.append("null");
  }
  object.number("size_bytes", progress.size_bytes);
  object.number("max_size_bytes", progress.size_bytes_max);
  object.boolean("paused", progress.is_paused);
  object.text("last_error", progress.last_error);
  object.key("tables");
  put_list(out, progress.tables, &put_table);
  object.end();
}

void put_chunks(sink::Buffer& out, const snapshot::ChunkProgress& chunks) {
  Object object(out);
  object.text("table", chunks.table);
  object.key("sinks");
  put_list(out, std::vector<std::string>(chunks.sinks.begin(), chunks.sinks.end()), &put_text);
  object.number("rows", chunks.rows);
  object.number("waiting", chunks.waiting);
  object.text("last_error", chunks.last_error);
  object.end();
}

void put_counts(sink::Buffer& out, const std::map<std::string, std::uint64_t>& counts) {
  Object object(out);
  for (const auto& [name, count] : counts) object.number(name.c_str(), count);
  object.end();
}

void put_sink(sink::Buffer& out, const branch::BranchStatus& sink) {
  Object object(out);
  object.text("name", sink.sink);
  object.text("connector", sink.connector);
  object.text("state", branch::name_of(sink.state));
  object.lsn("delivered", sink.delivered);
  object.number("lag_bytes", sink.lag_bytes);
  object.number("held_bytes", sink.held_bytes);
  object.seconds("lag_seconds", sink.lag_seconds);
  object.number("rows", sink.rows);
  object.number("batches", sink.batches);
  object.number("bytes", sink.bytes);
  object.number("retries", sink.retries);
  object.number("open_rows", sink.open_rows);
  object.number("dead_letters", sink.dead_letters);
  object.key("route_errors");
  put_counts(out, sink.route_errors);
  object.error(sink.last_error, sink.last_error_at);
  object.end();
}

}  // namespace

std::string status_json(const Snapshot& snapshot) {
  sink::Buffer out;
  Object object(out);
  std::string reason;
  const bool ready = is_ready(snapshot, reason);
  object.text("version", snapshot.version);
  object.text("pipeline", snapshot.pipeline);
  object.text("slot", snapshot.slot);
  object.seconds("uptime_seconds", snapshot.uptime_seconds);
  object.boolean("ready", ready);
  object.text("reason", reason);
  object.key("capture");
  put_capture(out, snapshot);
  object.key("slot_health");
  put_slot(out, snapshot.slot_health);
  object.key("log");
  put_log(out, snapshot.log);
  if (snapshot.files) {
    object.key("files");
    put_files(out, *snapshot.files);
  }
  object.key("snapshot");
  put_snapshot(out, snapshot.snapshot);
  object.key("chunks");
  put_chunks(out, snapshot.chunks);
  object.key("sinks");
  put_list(out, snapshot.sinks, &put_sink);
  object.key("removed_sinks");
  put_list(out, snapshot.removed_sinks, [](sink::Buffer& list, const branch::BranchStatus& sink) {
    Object removed(list);
    removed.text("name", sink.sink);
    removed.lsn("delivered", sink.delivered);
    removed.number("lag_bytes", sink.lag_bytes);
    removed.number("held_bytes", sink.held_bytes);
    removed.end();
  });
  object.key("warnings");
  put_list(out, snapshot.warnings, &put_text);
  object.end();
  out.append('\n');
  return std::string(out.text());
}

}  // namespace slotcast::admin
