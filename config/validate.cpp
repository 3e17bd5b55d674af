#include "config/validate.h"

#include <algorithm>

#include "config/uri.h"
#include "connectors/all.h"
#include "lib/route/pattern.h"
#include "lib/sql/expression.h"

namespace slotcast::config {
namespace {

constexpr std::uint64_t kSegmentBytesMin = 1 << 20;
constexpr std::uint64_t kSegmentBytesMax = 1 << 30;

constexpr std::uint64_t kSnapshotWorkersMax = 64;

constexpr std::size_t kNameMax = 54;      // leaves room for the slot's prefix within 63 bytes
constexpr std::size_t kSlotNameMax = 56;  // leaves room for a publication's _insert
constexpr std::size_t kSinkNameMax = 63;

// a-z, 0-9 and `more`, not longer than `length_max`.
bool is_name(const std::string& text, std::string_view more, std::size_t length_max) {
  return !text.empty() && text.size() <= length_max &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  more.find(c) != std::string_view::npos;
         });
}

bool begins_with_letter(const std::string& text) {
  return !text.empty() && text[0] >= 'a' && text[0] <= 'z';
}

// What follows asks only for values the file has: a key that is missing has been said already.

void check_names(const Config& config, Findings& findings) {
  const auto place = findings.place_of("name");
  if (place && (!is_name(config.name, "_", kNameMax) || !begins_with_letter(config.name))) {
    findings.error(*place, "name: \"" + config.name +
                               "\" must be a-z, 0-9 and _, begin with a letter, and be at most 54 "
                               "characters: it names the slot");
  }
  const auto check = [&](const char* key, const std::string& name) {
    const auto given = findings.place_of(key);
    if (!given || is_name(name, "_", kSlotNameMax)) return;
    findings.error(*given, std::string(key) + ": \"" + name +
                               "\" must be a-z, 0-9 and _, at most 56 characters");
  };
  check("source.slot", config.source.slot);
  check("source.publication", config.source.publication);
}

void check_uri(Config& config, Place place, Findings& findings) {
  const UriFacts facts = inspect_uri(config.source.uri);
  if (!facts.is_valid) {
    findings.error(place, "source.postgres: write postgresql://user@host/database");
  } else if (facts.has_password) {
    findings.error(place,
                   "source.postgres: a password does not belong into the URI; use "
                   "source.password with ${file:NAME} or ${env:NAME}");
  } else if (facts.is_remote && facts.sslmode.empty()) {
    config.source.uri += (config.source.uri.find('?') == std::string::npos ? "?" : "&");
    config.source.uri += "sslmode=verify-full";
  } else if (facts.is_remote && (facts.sslmode == "disable" || facts.sslmode == "allow" ||
                                 facts.sslmode == "prefer")) {
    findings.warning(place, "source.postgres: sslmode=" + facts.sslmode +
                                " lets anyone on the way read the changes");
  }
}

void check_source(Config& config, Findings& findings) {
  if (const auto place = findings.place_of("source.postgres")) {
    check_uri(config, *place, findings);
  }
  const auto interval = findings.place_of("source.status_interval");
  if (interval && config.source.status_interval > std::chrono::seconds(10)) {
    findings.error(*interval,
                   "source.status_interval: at most 10s; the server drops a silent client");
  }
}

void check_snapshot(const Config& config, Findings& findings) {
  const snapshot::Options& snapshot = config.snapshot;
  const auto workers = findings.place_of("source.snapshot.workers");
  if (workers && (snapshot.workers < 1 || snapshot.workers > kSnapshotWorkersMax)) {
    findings.error(*workers, "source.snapshot.workers must be between 1 and 64");
  }
  const auto range = findings.place_of("source.snapshot.range_size");
  if (range &&
      (snapshot.range_bytes < kSegmentBytesMin || snapshot.range_bytes > kSegmentBytesMax)) {
    findings.error(*range, "source.snapshot.range_size must be between 1MiB and 1GiB");
  }
  const auto most = findings.place_of("source.snapshot.max_size");
  if (most && snapshot.disk_bytes_max < kSegmentBytesMin) {
    findings.error(*most, "source.snapshot.max_size must be at least 1MiB");
  }
}

void check_log(const Config& config, Findings& findings) {
  const log::Options& log = config.log;
  const auto segment = findings.place_of("log.segment_size");
  if (segment && (log.segment_bytes < kSegmentBytesMin || log.segment_bytes > kSegmentBytesMax)) {
    findings.error(*segment, "log.segment_size must be between 1MiB and 1GiB");
  }
  const auto most = findings.place_of("log.max_size");
  if ((most || segment) && log.size_bytes_max < 4 * log.segment_bytes) {
    findings.error(most ? *most : *segment,
                   "log.max_size must be at least four times log.segment_size");
  }
}

void check_connector(const Sink& sink, Findings& findings) {
  const std::string connector =
      "sinks." + sink.name + "." + connectors::name_of(sink.connector) + ".";
  std::vector<std::pair<Place, std::string>> mistakes;
  for (const auto& [key, error] : connectors::check(sink.connector)) {
    auto place = findings.place_of(connector + key);
    // A default that does not go with what is written beside it.
    const std::size_t group = key.find('.');
    if (!place && group != key.npos) place = findings.place_of(connector + key.substr(0, group));
    // What could not be read is not also missing.
    if (!place || findings.has_error_at(*place)) continue;
    mistakes.emplace_back(*place, "sinks." + sink.name + ": " + error.what);
  }
  for (const auto& [place, what] : mistakes) findings.error(place, what);
}

void check_sinks(const Config& config, Findings& findings) {
  if (const auto place = findings.place_of("sinks"); place && config.sinks.empty()) {
    findings.error(*place, "sinks: there is none");
  }
  for (const Sink& sink : config.sinks) {
    if (!is_name(sink.name, "_-", kSinkNameMax) || !begins_with_letter(sink.name)) {
      findings.error(sink.place, "sinks: \"" + sink.name +
                                     "\" must be a-z, 0-9, _ and -, and begin with a letter");
    }
    check_connector(sink, findings);
    const bool used = std::any_of(config.routes.begin(), config.routes.end(), [&](const Route& r) {
      return std::any_of(r.to.begin(), r.to.end(),
                         [&](const auto& target) { return target.sink == sink.name; });
    });
    if (!used) findings.warning(sink.place, "sinks." + sink.name + ": no route leads to it");
  }
}

// What can be said of an expression without knowing the tables.
void check_clause(const Sql& clause, const std::string& key, bool is_where, Findings& findings) {
  if (clause.text.empty()) return;
  std::optional<sql::Complaint> complaint;
  if (is_where) {
    const auto parsed = sql::parse_where(clause.text);
    complaint = parsed.complaint ? parsed.complaint : sql::check_names(*parsed.value);
  } else {
    const auto parsed = sql::parse_select(clause.text);
    complaint = parsed.complaint;
    for (const sql::SelectItem& item : parsed.value) {
      if (!complaint && item.expression) complaint = sql::check_names(*item.expression);
    }
  }
  if (complaint) {
    findings.error(clause.place_of(complaint->offset), key + ": " + complaint->what);
  }
}

void check_routes(const Config& config, Findings& findings) {
  if (const auto place = findings.place_of("routes"); place && config.routes.empty()) {
    findings.error(*place, "routes: there is none");
  }
  std::vector<std::string> names;
  for (const Sink& sink : config.sinks) names.push_back(sink.name);
  for (std::size_t i = 0; i < config.routes.size(); ++i) {
    const Route& route = config.routes[i];
    const std::string path = "routes[" + std::to_string(i) + "]";
    check_clause(route.where, path + ".where", true, findings);
    check_clause(route.select, path + ".select", false, findings);
    for (const auto& from : route.from) {
      if (const auto pattern = route::TablePattern::parse(from.text); !pattern.ok()) {
        findings.error(from.place, pattern.error().what);
      }
    }
    for (const auto& target : route.to) {
      if (std::find(names.begin(), names.end(), target.sink) == names.end()) {
        findings.error(target.place,
                       "there is no sink \"" + target.sink + "\"" + nearest(target.sink, names));
      }
    }
  }
}

}  // namespace

void validate(Config& config, Findings& findings) {
  check_names(config, findings);
  check_source(config, findings);
  check_snapshot(config, findings);
  check_log(config, findings);
  check_sinks(config, findings);
  check_routes(config, findings);
}

}  // namespace slotcast::config
