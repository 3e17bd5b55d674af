#include "daemon/check_live_pushdown.h"

#include <chrono>

#include "daemon/sink_routes.h"
#include "lib/capture/publishable.h"
#include "lib/pg/publication_table.h"

namespace slotcast {
namespace {

using preflight::Finding;
using preflight::TableReport;

constexpr Duration kPatience = std::chrono::seconds(2);

void note(TableReport& report, const std::string& text) {
  report.findings.push_back({Finding::Kind::Note, "pushdown: " + text});
}

// What the daemon may not do, somebody may do for it.
void suggest(const pg::Narrowing& narrowing, TableReport& report, std::vector<std::string>& sql) {
  if (narrowing.is_plain() || report.facts.is_narrowed) return;
  note(report, "the role does not own the table: a DBA lets less of it be published");
  sql.push_back("-- " + pg::narrow_script(report.publication, report.facts.source, narrowing));
}

Status examine(pg::Connection& sql, const config::Config& config, const route::Pushdown& pushdown,
               TableReport& report) {
  const pg::SourceTable& table = report.facts.source;
  for (pg::Narrowing narrowing = capture::narrowing_of(pushdown); !narrowing.is_plain();) {
    TRY_ASSIGN(const std::string refusal,
               pg::find_refusal(sql, config.source, table, narrowing, kPatience));
    if (refusal.empty()) {
      report.pushdown = pg::narrow_script(report.publication, table, narrowing);
      return {};
    }
    note(report, "the server refuses " +
                     std::string(narrowing.filter.empty() ? "it: " : "the filter: ") + refusal);
    narrowing = narrowing.filter.empty() ? pg::Narrowing{} : pg::Narrowing{narrowing.columns, ""};
  }
  return {};
}

}  // namespace

Status add_pushdown(const config::Config& config, preflight::Report& report) {
  if (!config.source.pushes_down) return {};
  TRY_ASSIGN(auto sql, pg::Connection::open(config.source, pg::Connection::Mode::Sql));
  if (sql.server_version() < pg::kNarrowsSince) {
    report.findings.push_back(
        {Finding::Kind::Warning,
         "source.pushdown: auto does nothing: publications have filters and column lists since "
         "PostgreSQL 15, and this server is older"});
    return {};
  }
  std::vector<pg::SourceTable> tables;
  for (const TableReport& table : report.tables) tables.push_back(table.facts.source);
  TRY_ASSIGN(auto publishables, capture::read_publishables(sql, tables));
  const auto routes = SinkRoutes(config).all();
  for (TableReport& table : report.tables) {
    const auto found = publishables.find(table.facts.source.full_name());
    if (found == publishables.end()) continue;
    found->second.sends_updates = table.publication == config.source.publication;
    const route::Pushdown pushdown = route::find_pushdown(routes, found->second);
    for (const std::string& why : pushdown.why_not) note(table, why);
    if (table.facts.is_owner) {
      TRY(examine(sql, config, pushdown, table));
    } else {
      suggest(capture::narrowing_of(pushdown), table, report.sql);
    }
  }
  return {};
}

}  // namespace slotcast
