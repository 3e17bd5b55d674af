#include "daemon/route_check.h"

#include <algorithm>

#include "connectors/all.h"
#include "daemon/route_hazard.h"
#include "lib/base/diag.h"
#include "lib/pg/health.h"
#include "lib/pg/publication.h"

namespace slotcast {
namespace {

void add_once(std::vector<std::string>& sentences, std::string sentence) {
  const bool is_new = std::find(sentences.begin(), sentences.end(), sentence) == sentences.end();
  if (is_new && !sentence.empty()) sentences.push_back(std::move(sentence));
}

// Said better by find_unsent().
bool is_of_unsent(const Error& mistake, const pg::SourceRelation& table) {
  return std::any_of(table.unsent.begin(), table.unsent.end(), [&](const std::string& column) {
    return mistake.what.ends_with("column \"" + column + "\" does not exist");
  });
}

Status refusal_of(const std::vector<std::string>& mistakes) {
  if (mistakes.empty()) return {};
  for (std::size_t i = 1; i < mistakes.size(); ++i) diag::error("routes", mistakes[i]);
  return invalid(mistakes.front());
}

}  // namespace

bool RouteCheck::is_needed() const {
  return std::any_of(config_.routes.begin(), config_.routes.end(), [](const auto& route) {
    return !route.where.text.empty() || !route.select.text.empty();
  });
}

Result<RouteCheck::Found> RouteCheck::find(pg::Connection& sql) {
  // Before the catalog: what is committed between the two is known a little too early, and told
  // again by the log.
  TRY_ASSIGN(const Lsn at, pg::read_wal_end(sql));
  TRY_ASSIGN(std::vector<pg::SourceTable> names, pg::list_tables(sql));
  const auto patterns = routes_.patterns_of([](const std::string&) { return true; });
  std::erase_if(names, [&](const pg::SourceTable& table) {
    return std::none_of(patterns.begin(), patterns.end(), [&](const auto& pattern) {
      return pattern.matches(table.schema, table.table);
    });
  });
  TRY_ASSIGN(std::vector<pg::SourceRelation> tables, pg::read_relations(sql, names));
  for (pg::SourceRelation& table : tables) {
    table.relation.version = next_relation_version();
    known_->add_at_server(table.relation, at);
  }
  known_->complete();
  Found all;
  auto& mistakes = all.mistakes;
  for (const config::Sink& sink : config_.sinks) {
    const std::vector<route::Route> routes = routes_.of(sink.name);
    const route::Router router(routes, known_);
    for (const pg::SourceRelation& table : tables) {
      for (const route::Route& route : routes) add_once(mistakes, find_unsent(table, route));
      const auto found = router.find_ways(table.relation);
      for (const Error& mistake : found.mistakes) {
        if (!is_of_unsent(mistake, table)) add_once(mistakes, mistake.what);
      }
      for (const route::Way& way : found.ways) {
        add_once(mistakes, find_hazard(table, way));
        const Relation& sent = way.shape ? way.shape->relation() : table.relation;
        const std::string hazard = connectors::find_hazard(sink.connector, sent);
        if (!hazard.empty()) add_once(all.hazards, "sink " + sink.name + ": " + hazard);
      }
    }
  }
  return all;
}

Status RouteCheck::refuse() {
  if (!is_needed() || known_->is_complete()) return {};
  TRY_ASSIGN(auto sql, pg::Connection::open(config_.source, pg::Connection::Mode::Sql));
  TRY_ASSIGN(const Found found, find(sql));
  return refusal_of(found.mistakes);
}

Status RouteCheck::refuse_changed(io::Directory& state) {
  TRY_ASSIGN(auto unchecked, routes_.unchecked(state));
  if (unchecked.empty()) return {};
  const Status checked = refuse();
  if (checked.ok() || checked.error().kind != ErrorKind::Transient) return checked;
  for (const std::string& sink : unchecked) {
    diag::warning("routes", "new routes are checked when the server is there; their sink waits",
                  {{"sink", sink}, {"error", checked.error().what}});
  }
  const std::lock_guard lock(mutex_);
  waiting_ = std::move(unchecked);
  return {};
}

Status RouteCheck::learn() {
  if (!is_needed() || known_->is_complete()) return {};
  TRY_ASSIGN(auto sql, pg::Connection::open(config_.source, pg::Connection::Mode::Sql));
  TRY_ASSIGN(const Found found, find(sql));
  if (!waiting().empty()) return refusal_of(found.mistakes);
  for (const std::string& mistake : found.mistakes) diag::error("routes", mistake);
  return {};
}

std::set<std::string> RouteCheck::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

void RouteCheck::release() {
  const std::lock_guard lock(mutex_);
  waiting_.clear();
}

Status RouteCheck::may_deliver(const std::string& sink) const {
  const std::lock_guard lock(mutex_);
  if (waiting_.count(sink) == 0) return {};
  return transient("its routes are new, and are checked when the server is there");
}

}  // namespace slotcast
