#include <algorithm>
#include <map>
#include <set>

#include "lib/pg/quote.h"
#include "lib/preflight/draft.h"

namespace slotcast::preflight {
namespace {

using Route = Wanted::Route;

bool matches(const Route& route, const pg::TableFacts& table) {
  return route.from.matches(table.source.schema, table.source.table);
}

// By oid, for parents and roots.
class Relations {
 public:
  explicit Relations(const std::vector<pg::TableFacts>& tables) {
    for (const pg::TableFacts& table : tables) by_oid_[table.oid] = &table;
  }

  const pg::TableFacts* find(std::uint32_t oid) const {
    const auto found = by_oid_.find(oid);
    return found == by_oid_.end() ? nullptr : found->second;
  }

  // The partitioned table that a partition belongs to in the end.
  const pg::TableFacts& root_of(const pg::TableFacts& table) const {
    const pg::TableFacts* at = &table;
    while (at->is_partition) {
      const pg::TableFacts* above = find(at->parent);
      if (above == nullptr) break;
      at = above;
    }
    return *at;
  }

 private:
  std::map<std::uint32_t, const pg::TableFacts*> by_oid_;
};

void suggest_logged(Draft& draft, const pg::TableFacts& table) {
  suggest(draft.script.identities, "ALTER TABLE " +
                                       pg::quote_table(table.source.schema, table.source.table) +
                                       " SET LOGGED;  -- rewrites it under a lock");
}

// Why the table that a route names cannot be captured.
std::string reason_of(Draft& draft, const Relations& relations, const pg::TableFacts& table) {
  if (table.is_partition) {
    const std::string root = relations.root_of(table).source.full_name();
    return "is a partition, whose changes come as those of " + root + ": name that in the route";
  }
  if (table.is_unlogged) {
    suggest_logged(draft, table);
    return "is unlogged: nothing of it is in the WAL; make it logged, or take it out of the route";
  }
  const char* kind = table.kind == 'v'   ? "a view"
                     : table.kind == 'm' ? "a materialized view"
                                         : "a foreign table";
  return std::string("is ") + kind + ", which cannot be captured: name the tables behind it";
}

void examine_route(Draft& draft, const Relations& relations, const Route& route) {
  const auto& tables = draft.facts.tables;
  const bool found = std::any_of(tables.begin(), tables.end(), [&](const auto& table) {
    return table.is_publishable && matches(route, table);
  });
  if (found) return;
  const std::string& text = route.from.text();
  if (!route.from.is_exact()) {
    draft.warning("route " + text + " matches no table that can be captured");
    return;
  }
  const auto named = std::find_if(tables.begin(), tables.end(),
                                  [&](const auto& table) { return matches(route, table); });
  if (named == tables.end()) {
    draft.error("a route names table " + text +
                ", which the database does not have; names are written as they are stored");
  } else {
    draft.error("a route names " + text + ", which " + reason_of(draft, relations, *named));
  }
}

// What a pattern takes in that is not captured, or not under its name.
void examine_left_out(Draft& draft, const Relations& relations) {
  const auto is_routed = [&](const pg::TableFacts& table, bool by_pattern) {
    return std::any_of(draft.wanted.routes.begin(), draft.wanted.routes.end(),
                       [&](const Route& route) {
                         return matches(route, table) && !(by_pattern && route.from.is_exact());
                       });
  };
  std::set<std::string> told;
  for (const pg::TableFacts& table : draft.facts.tables) {
    if (table.is_publishable || !is_routed(table, true)) continue;
    const std::string name = table.source.full_name();
    if (table.is_partition) {
      const pg::TableFacts& root = relations.root_of(table);
      if (is_routed(root, false) || !told.insert(root.source.full_name()).second) continue;
      draft.warning("partition " + name + " matches a route, but its changes come as those of " +
                    root.source.full_name() + ", which no route is about");
    } else if (table.is_unlogged) {
      draft.warning("table " + name + " matches a route, but is unlogged: it is not captured");
      suggest_logged(draft, table);
    }
  }
}

// The server publishes a table without those that inherit from it.
void examine_inheritance(Draft& draft, const Relations& relations) {
  for (const pg::TableFacts& child : draft.facts.tables) {
    const pg::TableFacts* parent =
        child.is_publishable && child.parent != 0 ? relations.find(child.parent) : nullptr;
    if (parent == nullptr) continue;
    TableReport *of_child = nullptr, *of_parent = nullptr;
    for (TableReport& table : draft.report.tables) {
      if (table.facts.oid == child.oid) of_child = &table;
      if (table.facts.oid == parent->oid) of_parent = &table;
    }
    if (of_child != nullptr) {
      of_child->findings.push_back(
          {Finding::Kind::Note, "it inherits from " + parent->source.full_name() +
                                    ": its rows are sent as its own, not as that table's"});
    } else if (of_parent != nullptr) {
      of_parent->findings.push_back(
          {Finding::Kind::Warning, child.source.full_name() +
                                       " inherits from it and no route is about that: those rows "
                                       "are not captured, although a SELECT here shows them"});
    }
  }
}

}  // namespace

void examine_routes(Draft& draft) {
  const Relations relations(draft.facts.tables);
  for (const Route& route : draft.wanted.routes) examine_route(draft, relations, route);
  examine_left_out(draft, relations);
  for (const pg::TableFacts& facts : draft.facts.tables) {
    TableReport table;
    bool copies_rows = false;
    for (const Route& route : draft.wanted.routes) {
      if (!facts.is_publishable || !matches(route, facts)) continue;
      copies_rows |= route.copies_rows;
      for (const std::string& sink : route.sinks) add(table.sinks, sink);
    }
    if (table.sinks.empty()) continue;
    table.facts = facts;
    examine_table(draft, table, copies_rows);
    draft.report.tables.push_back(std::move(table));
  }
  examine_inheritance(draft, relations);
}

}  // namespace slotcast::preflight
