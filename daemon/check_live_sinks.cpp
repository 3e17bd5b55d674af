#include "daemon/check_live_sinks.h"

#include <algorithm>
#include <future>
#include <set>
#include <utility>
#include <vector>

#include "connectors/all.h"
#include "lib/route/pattern.h"

namespace slotcast {
namespace {

using preflight::Finding;
using Table = sink::Asked::Table;

bool leads(const config::Route& route, const pg::SourceTable& table) {
  return std::any_of(route.from.begin(), route.from.end(), [&](const config::Route::From& from) {
    const auto pattern = route::TablePattern::parse(from.text);
    return pattern.ok() && pattern.value().matches(table.schema, table.table);
  });
}

std::vector<Table> tables_of(const config::Config& config, const std::string& sink,
                             const preflight::Report& report) {
  std::set<Table> tables;
  for (const config::Route& route : config.routes) {
    for (const config::Route::Target& target : route.to) {
      if (target.sink != sink) continue;
      for (const preflight::TableReport& table : report.tables) {
        const pg::SourceTable& source = table.facts.source;
        if (!leads(route, source)) continue;
        tables.insert({source.schema, target.name.empty() ? source.table : target.name});
      }
    }
  }
  return {tables.begin(), tables.end()};
}

Finding::Kind kind_of(sink::Finding::Kind kind) {
  switch (kind) {
    case sink::Finding::Kind::Error:
      return Finding::Kind::Error;
    case sink::Finding::Kind::Warning:
      return Finding::Kind::Warning;
    case sink::Finding::Kind::Note:
      return Finding::Kind::Note;
  }
  return Finding::Kind::Note;
}

}  // namespace

// All at once: several that are away take no longer than one.
void add_sinks(const config::Config& config, preflight::Report& report) {
  std::vector<std::future<std::vector<sink::Finding>>> answers;
  for (const config::Sink& sink : config.sinks) {
    sink::Asked asked{config.name, sink.name, tables_of(config, sink.name, report)};
    answers.push_back(std::async(std::launch::async, [&sink, asked = std::move(asked)] {
      return connectors::ask(sink.connector, asked);
    }));
  }
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const std::string name = "sink " + config.sinks[i].name + ": ";
    for (const sink::Finding& finding : answers[i].get()) {
      report.findings.push_back({kind_of(finding.kind), name + finding.what});
    }
  }
}

}  // namespace slotcast
