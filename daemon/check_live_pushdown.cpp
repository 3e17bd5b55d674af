#include "daemon/check_live_pushdown.h"

#include <algorithm>
#include <chrono>
#include <set>

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

// One round of asking.
struct Asking {
  pg::Connection& sql;
  const config::Config& config;
  preflight::Report& report;
  std::vector<pg::PublishedTable> published = {};
  std::set<std::string> owned = {};  // publications that exist and are the role's
};

Status read_owned(Asking& asking) {
  TRY_ASSIGN(const auto rows, asking.sql.query("SELECT pubname FROM pg_catalog.pg_publication"
                                               " WHERE pg_catalog.pg_has_role(pubowner, 'USAGE')"));
  for (const auto& row : rows) asking.owned.insert(row[0].value_or(""));
  return {};
}

// As much of it as the server takes.
Result<pg::Narrowing> find_taken(Asking& asking, TableReport& table, pg::Narrowing narrowing) {
  // It is asked by making a publication, which is not committed.
  const bool may_ask = asking.report.instance.role.may_create && table.facts.is_owner;
  while (may_ask && !narrowing.is_plain()) {
    TRY_ASSIGN(const std::string refusal,
               pg::find_refusal(asking.sql, asking.config.source, table.facts.source, narrowing,
                                kPatience));
    if (refusal.empty()) break;
    note(table, "the server refuses " +
                    std::string(narrowing.filter.empty() ? "it: " : "the filter: ") + refusal);
    narrowing = narrowing.filter.empty() ? pg::Narrowing{} : pg::Narrowing{narrowing.columns, ""};
  }
  return narrowing;
}

void complain(Asking& asking, TableReport& table, const std::string& text,
              const pg::Narrowing& wanted) {
  table.findings.push_back({Finding::Kind::Error, "pushdown: " + text});
  asking.report.sql.push_back(pg::narrow_script(table.publication, table.facts.source, wanted));
}

Status examine(Asking& asking, TableReport& table, const route::Publishable& publishable) {
  const route::Pushdown pushdown =
      route::find_pushdown(SinkRoutes(asking.config).all(), publishable);
  for (const std::string& why : pushdown.why_not) note(table, why);
  TRY_ASSIGN(const pg::Narrowing wanted,
             find_taken(asking, table, capture::narrowing_of(pushdown)));
  const auto now = std::find_if(asking.published.begin(), asking.published.end(),
                                [&](const pg::PublishedTable& each) {
                                  return each.publication == table.publication &&
                                         each.table.full_name() == table.facts.source.full_name();
                                });
  const bool is_published = now != asking.published.end();
  const bool may_alter =
      table.facts.is_owner && (!is_published || asking.owned.count(table.publication) > 0);
  if (is_published && !capture::covers_identity(now->narrowing, publishable)) {
    complain(asking, table,
             "UPDATE and DELETE fail at the application: publication " + table.publication +
                 " sends columns " + now->narrowing.columns +
                 ", which lack some of the replica identity",
             wanted);
  } else if (is_published && !may_alter &&
             !capture::has_columns(now->narrowing.columns,
                                   pg::columns_text(pushdown.needed_columns))) {
    complain(asking, table,
             "publication " + table.publication + " sends columns " + now->narrowing.columns +
                 ", the routes need more, and the role may not alter it",
             wanted);
  } else if (wanted.is_plain()) {
    return {};
  } else if (!may_alter && is_published && now->narrowing.is_plain()) {
    note(table,
         "the role owns not both the table and the publication: a DBA lets less of it be "
         "published");
    asking.report.sql.push_back("-- " +
                                pg::narrow_script(table.publication, table.facts.source, wanted));
  } else if (may_alter) {
    table.pushdown = pg::narrow_statements(table.publication, table.facts.source, wanted);
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
  Asking asking{sql, config, report};
  TRY(read_owned(asking));
  TRY_ASSIGN(asking.published, pg::read_published_tables(sql, config.source));
  for (TableReport& table : report.tables) {
    const auto found = publishables.find(table.facts.source.full_name());
    if (found == publishables.end()) continue;
    found->second.sends_updates = table.publication == config.source.publication;
    TRY(examine(asking, table, found->second));
  }
  return {};
}

}  // namespace slotcast
