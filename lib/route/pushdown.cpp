#include "lib/route/pushdown.h"

#include <algorithm>

#include "lib/route/harmless.h"
#include "lib/sql/scope.h"

namespace slotcast::route {
namespace {

void add_columns(const sql::Syntax& syntax, std::set<std::string>& columns) {
  if (syntax.kind == sql::Syntax::Kind::Column) columns.insert(syntax.name);
  for (const sql::SyntaxPtr& argument : syntax.arguments) add_columns(*argument, columns);
}

// The columns by which the server lets a filter tell rows apart. UPDATE and DELETE fail at the
// application when a filter asks for others; with FULL it may ask for any: the old row is in the
// WAL then with long values as well, and where the new one does not repeat such a value the server
// takes it from there. A partition that is attached later comes with the primary key of its table
// as its identity, so that a partitioned table's filters keep to that.
std::set<std::string> filterable(const Publishable& table) {
  std::set<std::string> columns;
  for (const Column& column : table.relation.columns) {
    const bool is_in = !table.sends_updates || table.in_every_identity.count(column.name) > 0;
    const bool stays_in = !table.sends_updates || !table.is_partitioned || column.is_primary_key;
    if (is_in && stays_in) columns.insert(column.name);
  }
  return columns;
}

// One find_pushdown().
class Union {
 public:
  explicit Union(const Publishable& table)
      : table_(table), scope_(sql::scope_of(table.relation)), filterable_(filterable(table)) {}

  void add(const Route& route);
  Pushdown take();

 private:
  std::optional<sql::Complaint> refusal_of(const Shaping& said) const;
  void add_rows(const Route& route);
  void add_columns_of(const Route& route);
  std::vector<std::string> list_columns() const;

  const Publishable& table_;
  const sql::Scope scope_;
  const std::set<std::string> filterable_;
  bool needs_all_rows_ = false;
  bool takes_all_rows_ = false;  // since they are needed, or cannot be told apart by the server
  bool needs_all_columns_ = false;
  std::vector<std::string> filters_;
  std::set<std::string> clauses_;
  std::set<std::string> columns_;
  Pushdown found_;
};

// Nothing when the filter may go into the publication.
std::optional<sql::Complaint> Union::refusal_of(const Shaping& said) const {
  if (auto harm = find_harm(*said.where, scope_)) return harm;
  // What the daemon itself would not take is not for the server either.
  const sql::Resolved resolved = sql::resolve_condition(*said.where, scope_);
  if (resolved.complaint) return resolved.complaint;
  for (const std::uint32_t column : resolved.expression->columns()) {
    const std::string& name = scope_.columns[column].name;
    if (filterable_.count(name) > 0) continue;
    const char* const where = table_.is_partitioned
                                  ? " is not in the primary key and every partition's replica "
                                    "identity"
                                  : " is not in the replica identity";
    return sql::Complaint{
        "UPDATE and DELETE would fail at the application, since column " + name + where,
        sql::find_column(*said.where, name).value_or(0)};
  }
  return std::nullopt;
}

void Union::add_rows(const Route& route) {
  if (!route.shaping || !route.shaping->where) {
    found_.why_not.push_back("all rows: " + route.name + " has no where");
    needs_all_rows_ = takes_all_rows_ = true;
    return;
  }
  if (const auto why = refusal_of(*route.shaping)) {
    found_.why_not.push_back("all rows: " +
                             route.shaping->refusal(Shaping::Clause::Where, *why).what);
    takes_all_rows_ = true;
  }
  std::string filter = route.shaping->where_text;
  while (!filter.empty() && (filter.back() == '\n' || filter.back() == ' ')) filter.pop_back();
  // A comment at its end must not reach what comes behind.
  if (filter.find("--") != filter.npos) filter += "\n";
  const bool is_new = std::find(filters_.begin(), filters_.end(), filter) == filters_.end();
  if (is_new) filters_.push_back(filter);
}

void Union::add_columns_of(const Route& route) {
  const bool has_select = route.shaping && !route.shaping->select.empty();
  const bool has_star =
      has_select && std::any_of(route.shaping->select.begin(), route.shaping->select.end(),
                                [](const sql::SelectItem& item) { return !item.expression; });
  if (!has_select || has_star) {
    needs_all_columns_ = true;
    found_.why_not.push_back("all columns: " + route.name +
                             (has_star ? " selects *" : " has no select"));
    return;
  }
  for (const sql::SelectItem& item : route.shaping->select) {
    add_columns(*item.expression, columns_);
  }
  if (route.shaping->where) add_columns(*route.shaping->where, columns_);
}

void Union::add(const Route& route) {
  add_rows(route);
  add_columns_of(route);
  if (route.shaping) {
    clauses_.insert(route.shaping->where_text + "\n" + route.shaping->select_text + "\n");
  } else {
    clauses_.insert("\n\n");
  }
}

std::vector<std::string> Union::list_columns() const {
  std::vector<std::string> columns;
  for (const Column& column : table_.relation.columns) {
    // With FULL every column counts as key, and there is no list.
    const bool is_key = column.is_key && table_.relation.replica_identity != 'f';
    const bool is_kept = is_key || column.is_primary_key ||
                         table_.in_any_identity.count(column.name) > 0 ||
                         columns_.count(column.name) > 0;
    if (is_kept) columns.push_back(column.name);
  }
  return columns;
}

Pushdown Union::take() {
  if (!needs_all_columns_) found_.needed_columns = list_columns();
  if (!needs_all_rows_ && filters_.size() == 1) found_.needed_filter = filters_.front();
  for (std::size_t i = 0; !needs_all_rows_ && filters_.size() > 1 && i < filters_.size(); ++i) {
    found_.needed_filter += (i > 0 ? " OR (" : "(") + filters_[i] + ")";
  }
  for (const std::string& clause : clauses_) found_.clauses += clause;
  if (!takes_all_rows_) found_.filter = found_.needed_filter;
  const bool is_full = table_.has_full_identity || table_.relation.replica_identity == 'f';
  if (needs_all_columns_) {
    // said above
  } else if (!table_.sends_updates) {
    // Once it has an identity it changes its publication, and a table in two of them may not have
    // a list in one: the slot could not be read any further.
    found_.why_not.push_back("all columns: a table of which only inserts are sent has no list");
  } else if (is_full) {
    found_.why_not.push_back("all columns: with REPLICA IDENTITY FULL there may be no column list");
  } else if (found_.needed_columns.size() < table_.relation.columns.size()) {
    found_.columns = found_.needed_columns;
  }
  auto& why_not = found_.why_not;
  std::sort(why_not.begin(), why_not.end());
  why_not.erase(std::unique(why_not.begin(), why_not.end()), why_not.end());
  return std::move(found_);
}

}  // namespace

Pushdown find_pushdown(const std::vector<Route>& routes, const Publishable& table) {
  Union all(table);
  bool is_routed = false;
  for (const Route& route : routes) {
    if (!route.matches(table.relation.schema, table.relation.table)) continue;
    is_routed = true;
    all.add(route);
  }
  return is_routed ? all.take() : Pushdown{};
}

}  // namespace slotcast::route
