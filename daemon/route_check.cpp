#include "daemon/route_check.h"

#include <algorithm>

#include "lib/base/diag.h"
#include "lib/pg/publication.h"
#include "lib/pg/quote.h"
#include "lib/pg/source_relation.h"

namespace slotcast {
namespace {

// An update need not repeat long values: a filter cannot be asked then, a value not be made of
// them, and a row that enters the filter is not whole.
std::string hazard_of(const pg::SourceRelation& table, const route::Way& way) {
  const Relation& relation = table.relation;
  const bool has_updates = std::any_of(relation.columns.begin(), relation.columns.end(),
                                       [](const Column& column) { return column.is_key; });
  const bool is_full = relation.replica_identity == 'f';
  // Without an identity only INSERT is published.
  if (!way.shape || !has_updates || (is_full && !relation.is_full_in_part)) return {};
  const auto find_long = [&](const std::vector<std::uint32_t>& columns) -> const Column* {
    for (const std::uint32_t index : columns) {
      const Column& column = relation.columns[index];
      if (table.may_be_long[index] && !(is_full ? column.is_primary_key : column.is_key)) {
        return &column;
      }
    }
    return nullptr;
  };
  const Column* filtered = find_long(way.shape->filter_columns());
  const Column* mixed = find_long(way.shape->mixed_columns());
  const Column* sent =
      way.shape->may_enter_unseen() ? find_long(way.shape->row_columns()) : nullptr;
  const Column* found = filtered ? filtered : mixed ? mixed : sent;
  if (found == nullptr) return {};
  return way.route->name + ": an UPDATE of " + relation.full_name() + " need not repeat column " +
         found->name + " when it is long and stays, but " +
         (filtered ? "where asks for it"
          : mixed  ? "select makes a value of it and of others"
                   : "a row that enters the filter needs it") +
         ". Do without it, or: ALTER TABLE " + pg::quote_table(relation.schema, relation.table) +
         " REPLICA IDENTITY FULL";
}

void add_once(std::vector<std::string>& sentences, std::string sentence) {
  const bool is_new = std::find(sentences.begin(), sentences.end(), sentence) == sentences.end();
  if (is_new && !sentence.empty()) sentences.push_back(std::move(sentence));
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

Result<std::vector<std::string>> RouteCheck::find(pg::Connection& sql) {
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
    known_->add_at_server(table.relation);
  }
  known_->complete();
  std::vector<std::string> mistakes;
  for (const config::Sink& sink : config_.sinks) {
    route::Router router(routes_.of(sink.name), known_);
    for (const pg::SourceRelation& table : tables) {
      const auto ways = router.ways_for(table.relation);
      if (!ways.ok()) add_once(mistakes, ways.error().what);
      if (!ways.ok()) continue;
      for (const route::Way& way : ways.value()) add_once(mistakes, hazard_of(table, way));
    }
  }
  return mistakes;
}

Status RouteCheck::refuse() {
  if (!is_needed() || known_->is_complete()) return {};
  TRY_ASSIGN(auto sql, pg::Connection::open(config_.source, pg::Connection::Mode::Sql));
  TRY_ASSIGN(const auto mistakes, find(sql));
  return refusal_of(mistakes);
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
  TRY_ASSIGN(const auto mistakes, find(sql));
  if (!waiting().empty()) return refusal_of(mistakes);
  for (const std::string& mistake : mistakes) diag::error("routes", mistake);
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
