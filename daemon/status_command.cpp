#include "daemon/status_command.h"

#include <simdjson.h>

#include <cstdio>
#include <vector>

#include "daemon/admin/client.h"
#include "daemon/human.h"
#include "daemon/json_member.h"

namespace slotcast {
namespace {

using simdjson::dom::element;

constexpr std::size_t kTablesShown = 10;

double seconds_of(const element& parent, const char* key) {
  double number = 0;
  if (parent[key].get_double().get(number) != simdjson::SUCCESS) return 0;
  return number;
}

std::string fit(std::string text, std::size_t width) {
  text = printable(std::move(text));
  if (text.size() > width) text = text.substr(0, width - 2) + "..";
  return text;
}

std::string render_files(const element& files) {
  return wrap("files     " + human_count(number_of(files, "files")) + " with " +
                  human_count(number_of(files, "rows")) + " rows, by " +
                  printable(text_of(files, "manifest")) + " of " +
                  printable(text_of(files, "stage")),
              80);
}

std::string render_source(const element& root) {
  element capture, log, files;
  std::string out;
  if (root["files"].get(files) == simdjson::SUCCESS) return render_files(files);
  if (root["capture"].get(capture) == simdjson::SUCCESS) {
    out += format("capture   %s\n", text_of(capture, "state").c_str());
    out += format("head      %-18s received  %s\n", text_of(capture, "head").c_str(),
                  text_of(capture, "received").c_str());
    out += format("logged    %-18s confirmed %s\n", text_of(capture, "logged").c_str(),
                  text_of(capture, "confirmed").c_str());
    out += format("behind    %s of WAL\n", human_bytes(number_of(capture, "lag_bytes")).c_str());
  }
  if (root["log"].get(log) == simdjson::SUCCESS) {
    out += format("log       %s of %s in %llu segments\n",
                  human_bytes(number_of(log, "size_bytes")).c_str(),
                  human_bytes(number_of(log, "max_size_bytes")).c_str(),
                  static_cast<unsigned long long>(number_of(log, "segments")));
  }
  return out;
}

// Tables that are copied are counted only: there may be thousands.
std::string render_snapshot(const element& root) {
  element snapshot;
  if (root["snapshot"].get(snapshot) != simdjson::SUCCESS) return "";
  const std::string state = text_of(snapshot, "state");
  if (state == "none" || state == "done") return "";
  std::string out = "snapshot  " + state + ", " + human_bytes(number_of(snapshot, "size_bytes")) +
                    " of " + human_bytes(number_of(snapshot, "max_size_bytes")) + " on disk";
  bool paused = false;
  if (snapshot["paused"].get_bool().get(paused) == simdjson::SUCCESS && paused) {
    out += ", waiting for the sinks";
  }
  double left = -1;
  const bool known = snapshot["seconds_left"].get_double().get(left) == simdjson::SUCCESS;
  out += "\n";
  const std::uint64_t planned = number_of(snapshot, "planned_bytes");
  if (planned > 0) {
    out += render_bar({"all", number_of(snapshot, "done_bytes"), planned, 0, known ? left : -1});
  }
  simdjson::dom::array tables;
  if (snapshot["tables"].get_array().get(tables) != simdjson::SUCCESS) return out;
  std::size_t shown = 0, done = 0, more = 0;
  for (const element table : tables) {
    const Bar bar{printable(text_of(table, "table")), number_of(table, "done_bytes"),
                  number_of(table, "planned_bytes"), number_of(table, "rows"), -1};
    if (bar.done == bar.total) {
      ++done;
    } else if (shown < kTablesShown) {
      ++shown;
      out += render_bar(bar);
    } else {
      ++more;
    }
  }
  if (more > 0) out += format("  and %zu tables more\n", more);
  if (done > 0) out += format("  %zu tables are copied\n", done);
  return out;
}

std::string render_chunks(const element& root) {
  element chunks;
  simdjson::dom::array sinks;
  if (root["chunks"].get(chunks) != simdjson::SUCCESS ||
      chunks["sinks"].get_array().get(sinks) != simdjson::SUCCESS || sinks.size() == 0) {
    return "";
  }
  std::string names;
  for (const element sink : sinks) {
    std::string_view name;
    if (sink.get_string().get(name) != simdjson::SUCCESS) continue;
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  const std::string error = printable(text_of(chunks, "last_error"));
  return wrap("reading   " + printable(text_of(chunks, "table")) + " for " + names + ": " +
                  human_count(number_of(chunks, "rows")) + " rows so far, " +
                  human_count(number_of(chunks, "waiting")) + " more tables to read" +
                  (error.empty() ? "" : "; " + error),
              80);
}

// Adds up to 80 columns with every number at its largest.
constexpr const char* kSinkRow = "%-14s %-8s %-17s %9s %7s %6s %7s %5s\n";

std::string render_sink(const element& sink) {
  return format(kSinkRow, fit(text_of(sink, "name"), 14).c_str(),
                fit(text_of(sink, "state"), 8).c_str(), fit(text_of(sink, "delivered"), 17).c_str(),
                human_bytes(number_of(sink, "lag_bytes")).c_str(),
                human_seconds(seconds_of(sink, "lag_seconds")).c_str(),
                human_count(number_of(sink, "rows")).c_str(),
                human_count(number_of(sink, "batches")).c_str(),
                human_count(number_of(sink, "retries"), 99'999).c_str());
}

std::string render_error(const element& part, const std::string& name, std::size_t columns) {
  const std::string error = text_of(part, "last_error");
  if (error.empty() || error == "-") return "";
  return wrap(name + ", last error at " + text_of(part, "last_error_at") + ": " + printable(error),
              columns);
}

}  // namespace

std::string render_status(std::string_view json, std::size_t columns) {
  simdjson::dom::parser parser;
  element root;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS) {
    return "the daemon's answer is not JSON\n";
  }
  const std::string reason = text_of(root, "reason");
  const std::string slot = text_of(root, "slot");
  const bool has_slot = !slot.empty();
  std::string out = wrap("pipeline " + printable(text_of(root, "pipeline")) +
                             (has_slot ? ", slot " + printable(slot) : "") + ": " +
                             (reason.empty() ? "ready" : "NOT READY, " + printable(reason)),
                         columns);
  out += render_source(root);
  out += render_snapshot(root);
  out += render_chunks(root);
  std::string errors;
  element capture;
  if (root["capture"].get(capture) == simdjson::SUCCESS) {
    errors += render_error(capture, "capture", columns);
  }
  simdjson::dom::array sinks;
  if (root["sinks"].get_array().get(sinks) == simdjson::SUCCESS) {
    out += "\n" + format(kSinkRow, "SINK", "STATE", "DELIVERED", "BEHIND", "SECONDS", "ROWS",
                         "BATCHES", "RETRY");
    for (const element sink : sinks) {
      out += render_sink(sink);
      errors += render_error(sink, text_of(sink, "name"), columns);
    }
  }
  simdjson::dom::array warnings;
  if (root["warnings"].get_array().get(warnings) == simdjson::SUCCESS) {
    for (const element warning : warnings) {
      std::string_view text;
      if (warning.get_string().get(text) != simdjson::SUCCESS) continue;
      errors += wrap("warning: " + printable(std::string(text)), columns);
    }
  }
  return errors.empty() ? out : out + "\n" + errors;
}

int print_status(const config::Config& config, bool as_json) {
  if (config.admin.port == 0) {
    std::fputs("slotcast: admin.listen is off in this configuration\n", stderr);
    return 1;
  }
  const auto fetched = admin::fetch(config.admin.host, config.admin.port, "/v1/status");
  if (!fetched.ok() || fetched.value().status != 200) {
    const std::string why = fetched.ok() ? fetched.value().body : fetched.error().what;
    std::fprintf(stderr, "slotcast: %s\n", why.c_str());
    return 1;
  }
  const std::string& body = fetched.value().body;
  std::fputs(as_json ? body.c_str() : render_status(body, 80).c_str(), stdout);
  return 0;
}

int check_health(const config::Config& config) {
  const auto fetched = admin::fetch(config.admin.host, config.admin.port, "/healthz");
  const bool healthy = fetched.ok() && fetched.value().status == 200;
  if (!healthy) {
    const std::string why = fetched.ok() ? fetched.value().body : fetched.error().what + "\n";
    std::fprintf(stderr, "slotcast: %s", why.c_str());
  }
  return healthy ? 0 : 1;
}

}  // namespace slotcast
