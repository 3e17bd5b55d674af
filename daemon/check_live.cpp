#include "daemon/check_live.h"

#include <algorithm>
#include <cstdio>

#include "daemon/check_live_pushdown.h"
#include "daemon/check_live_sinks.h"
#include "daemon/route_check.h"
#include "lib/capture/source.h"
#include "lib/io/posix.h"

namespace slotcast {
namespace {

using preflight::Wanted;

std::vector<Wanted::Route> routes_of(const config::Config& config) {
  std::vector<Wanted::Route> routes;
  for (const config::Route& route : config.routes) {
    std::vector<std::string> sinks;
    bool copies_rows = false;
    for (const auto& target : route.to) {
      sinks.push_back(target.sink);
      copies_rows |= std::any_of(config.sinks.begin(), config.sinks.end(), [&](const auto& sink) {
        return sink.name == target.sink && sink.start == config::Start::Snapshot;
      });
    }
    for (const auto& from : route.from) {
      auto pattern = route::TablePattern::parse(from.text);
      if (pattern.ok()) routes.push_back({std::move(pattern).value(), sinks, copies_rows});
    }
  }
  return routes;
}

// A state directory is its daemon's alone (0700); whoever else asks is not told.
Status read_state(const config::Config& config, Wanted& wanted) {
  const auto exists = io::path_exists(config.state);
  if (exists.ok() && !exists.value()) wanted.state = Wanted::State::Empty;
  if (!exists.ok() || !exists.value()) return {};
  const auto directory = io::open_directory(config.state);
  if (!directory.ok()) return {};
  capture::Source source(*directory.value(), {config.source, {}, false});
  TRY_ASSIGN(const bool begun, source.load());
  wanted.memory = source.memory();
  wanted.state = begun                        ? Wanted::State::Begun
                 : wanted.memory.slot.empty() ? Wanted::State::Empty
                                              : Wanted::State::Creating;
  return {};
}

Result<RouteCheck::Found> check_routes(const config::Config& config) {
  const SinkRoutes routes(config);
  RouteCheck check(config, routes);
  TRY_ASSIGN(auto sql, pg::Connection::open(config.source, pg::Connection::Mode::Sql));
  return check.find(sql);
}

}  // namespace

Exit check_live(const config::Config& config) {
  Wanted wanted;
  wanted.pg = config.source;
  wanted.routes = routes_of(config);
  wanted.snapshot_workers = static_cast<std::int64_t>(config.snapshot.workers);
  const Status state = read_state(config, wanted);
  const auto facts = pg::read_preflight(config.source);
  if (!facts.ok()) {
    std::fprintf(stderr, "slotcast: %s\n", facts.error().what.c_str());
    return facts.error().kind == ErrorKind::Transient ? Exit::Failed : Exit::Refused;
  }
  preflight::Report report = preflight::examine(facts.value(), wanted);
  const auto add_error = [&](const Error& error) {
    report.findings.push_back({preflight::Finding::Kind::Error, error.what});
  };
  if (!state.ok()) add_error(state.error());
  const auto checked = check_routes(config);
  if (!checked.ok()) add_error(checked.error());
  const RouteCheck::Found found = checked.ok() ? checked.value() : RouteCheck::Found();
  for (const std::string& mistake : found.mistakes) add_error(invalid(mistake));
  for (const std::string& hazard : found.hazards) {
    report.findings.push_back({preflight::Finding::Kind::Warning, hazard});
  }
  // Of routes that are wrong nothing can be said.
  const bool are_routes_right = checked.ok() && found.mistakes.empty();
  const Status pushdown = are_routes_right ? add_pushdown(config, report) : Status();
  if (!pushdown.ok()) add_error(pushdown.error().prefixed("source.pushdown"));
  add_sinks(config, report);
  std::fputs(render_preflight(report, config, 80).c_str(), stdout);
  return report.count(preflight::Finding::Kind::Error) == 0 ? Exit::Ok : Exit::Refused;
}

}  // namespace slotcast
