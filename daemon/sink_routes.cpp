#include "daemon/sink_routes.h"

#include <algorithm>
#include <sstream>

#include "lib/base/crc32c.h"
#include "lib/base/ensure.h"
#include "lib/io/state_file.h"
#include "lib/snapshot/word.h"

namespace slotcast {
namespace {

constexpr const char* kStateName = "routes";

route::TablePattern parse(const std::string& text) {
  auto pattern = route::TablePattern::parse(text);
  ENSURE(pattern.ok());
  return std::move(pattern).value();
}

bool matches_any(const std::vector<route::TablePattern>& patterns, const pg::SourceTable& table) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const auto& pattern) {
    return pattern.matches(table.schema, table.table);
  });
}

}  // namespace

std::vector<route::Route> SinkRoutes::of(const std::string& sink) const {
  std::vector<route::Route> routes;
  for (const config::Route& route : config_.routes) {
    for (const auto& target : route.to) {
      if (target.sink != sink) continue;
      route::Route& mine = routes.emplace_back();
      mine.target = target.name;
      for (const auto& from : route.from) mine.from.push_back(parse(from.text));
    }
  }
  return routes;
}

std::vector<route::TablePattern> SinkRoutes::patterns_of(
    const std::function<bool(const std::string& sink)>& wanted) const {
  std::vector<route::TablePattern> patterns;
  for (const config::Route& route : config_.routes) {
    const bool is_wanted = std::any_of(route.to.begin(), route.to.end(),
                                       [&](const auto& target) { return wanted(target.sink); });
    if (!is_wanted) continue;
    for (const auto& from : route.from) patterns.push_back(parse(from.text));
  }
  return patterns;
}

bool SinkRoutes::leads(const pg::SourceTable& table, const std::string& sink) const {
  return matches_any(patterns_of([&](const std::string& name) { return name == sink; }), table);
}

std::set<std::string> SinkRoutes::readers_of(const pg::SourceTable& table) const {
  std::set<std::string> readers;
  for (const config::Sink& sink : config_.sinks) {
    if (sink.start == config::Start::Snapshot && leads(table, sink.name)) readers.insert(sink.name);
  }
  return readers;
}

std::uint64_t SinkRoutes::generation_of(const config::Sink& sink) const {
  std::string text = sink.name;
  if (const auto* stage = std::get_if<stage::Options>(&sink.connector)) {
    text += "|" + stage->url + "|" + stage->format;
  }
  for (const config::Route& route : config_.routes) {
    for (const auto& target : route.to) {
      if (target.sink != sink.name) continue;
      for (const auto& from : route.from) text += "|" + from.text;
      text += ">" + target.name;
    }
  }
  return crc32c(as_bytes(text));
}

std::set<SinkRoutes::Known> SinkRoutes::now() const {
  std::set<Known> known;
  for (const config::Route& route : config_.routes) {
    for (const auto& target : route.to) {
      for (const auto& from : route.from) known.insert({target.sink, from.text, target.name});
    }
  }
  return known;
}

Result<std::set<SinkRoutes::Known>> SinkRoutes::then(io::Directory& state) {
  TRY_ASSIGN(const auto text, io::read_state_file(state, kStateName));
  std::set<Known> known;
  std::istringstream lines(text.value_or(""));
  std::string sink, pattern, target;
  while (lines >> sink >> pattern >> target) {
    known.insert({sink, snapshot::from_word(pattern), snapshot::from_word(target)});
  }
  if (!lines.eof()) return corrupt("state file routes");
  return known;
}

// One request for each sink and target: a table may be known at one target and new at another.
Result<std::vector<snapshot::Request>> SinkRoutes::news(io::Directory& state) const {
  TRY_ASSIGN(const auto before, then(state));
  std::vector<snapshot::Request> requests;
  std::set<std::pair<std::string, std::string>> done;
  for (const Known& route : now()) {
    const bool is_known_sink = std::any_of(
        before.begin(), before.end(), [&](const Known& known) { return known.sink == route.sink; });
    const auto sink = std::find_if(config_.sinks.begin(), config_.sinks.end(),
                                   [&](const auto& each) { return each.name == route.sink; });
    const bool wants_rows = sink->start == config::Start::Snapshot;
    if (!is_known_sink || !wants_rows || before.count(route) > 0) continue;
    if (!done.insert({route.sink, route.target}).second) continue;
    snapshot::Request& request = requests.emplace_back();
    request.sinks = {route.sink};
    for (const Known& each : now()) {
      const bool is_here = each.sink == route.sink && each.target == route.target;
      if (is_here && before.count(each) == 0) request.only.push_back(each.pattern);
    }
    for (const Known& each : before) {
      if (each.sink == route.sink && each.target == route.target) {
        request.except.push_back(each.pattern);
      }
    }
  }
  return requests;
}

Status SinkRoutes::remember(io::Directory& state) const {
  TRY_ASSIGN(std::set<Known> known, then(state));
  std::erase_if(known, [&](const Known& route) {
    return std::any_of(config_.sinks.begin(), config_.sinks.end(),
                       [&](const auto& sink) { return sink.name == route.sink; });
  });
  known.merge(now());
  std::ostringstream out;
  for (const Known& route : known) {
    out << route.sink << ' ' << snapshot::to_word(route.pattern) << ' '
        << snapshot::to_word(route.target) << '\n';
  }
  TRY_ASSIGN(const auto text, io::read_state_file(state, kStateName));
  if (text == out.str()) return {};
  return io::write_state_file(state, kStateName, out.str());
}

}  // namespace slotcast
