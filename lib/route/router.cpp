#include "lib/route/router.h"

#include <algorithm>

#include "lib/sql/scope.h"

namespace slotcast::route {
namespace {

// Far above the tables of one source; reached only when their definitions keep changing.
constexpr std::size_t kRelationsMax = 20'000;

}  // namespace

bool Route::matches(const std::string& schema, const std::string& table) const {
  return std::any_of(from.begin(), from.end(),
                     [&](const TablePattern& pattern) { return pattern.matches(schema, table); });
}

Result<std::span<const Way>> Router::ways_for(const Relation& relation, const ChangeId& seen) {
  const auto found = ways_.find(relation.version);
  if (found != ways_.end()) return std::span<const Way>(found->second);
  if (known_) known_->add(relation, seen);
  return ways_for_kept(relation);
}

Result<std::span<const Way>> Router::ways_for_kept(const Relation& relation) {
  const auto known = ways_.find(relation.version);
  if (known != ways_.end()) return std::span<const Way>(known->second);
  Found found = find_ways(relation);
  if (!found.mistakes.empty()) return found.mistakes.front();
  return std::span<const Way>(ways_[relation.version] = std::move(found.ways));
}

void Router::forget_many() {
  if (ways_.size() >= kRelationsMax) ways_.clear();
}

Router::Found Router::find_ways(const Relation& relation) const {
  Found found;
  for (const Route& route : routes_) {
    if (!route.matches(relation.schema, relation.table)) continue;
    const auto same = std::find_if(found.ways.begin(), found.ways.end(),
                                   [&](const Way& way) { return way.target() == route.target; });
    if (same == found.ways.end()) {
      Shape::Made made = shape_of(route, relation);
      found.ways.push_back({&route, std::move(made.shape)});
      for (Error& mistake : made.mistakes) found.mistakes.push_back(std::move(mistake));
    } else if (route.shaping || same->route->shaping) {
      const Shaping& said = route.shaping ? *route.shaping : *same->route->shaping;
      found.mistakes.push_back(said.refusal(
          "table " + relation.full_name() + ": it goes to one target by " + same->route->name +
          " and by " + route.name + ": with where or select there may be only one way"));
    }
  }
  return found;
}

Shape::Made Router::shape_of(const Route& route, const Relation& relation) const {
  Shape::Made made = fitted(route, relation);
  if (!made.shape || !route.needs_key || made.shape->lost_key().empty()) return made;
  const auto& select = route.shaping->select;
  made.mistakes.push_back(route.shaping->refusal(
      Shaping::Clause::Select,
      {"table " + relation.full_name() + ": it leaves out " + made.shape->lost_key() +
           " of the key, by which the sink tells rows apart",
       select.front().offset}));
  made.shape = nullptr;
  return made;
}

Shape::Made Router::fitted(const Route& route, const Relation& relation) const {
  if (!route.shaping) return {};
  if (!known_) return Shape::make(route.shaping, relation, sql::scope_of(relation));
  const sql::Scope scope = known_->scope_for(
      [&](const auto& schema, const auto& table) { return route.matches(schema, table); },
      relation);
  Shape::Made made = Shape::make(route.shaping, relation, scope);
  if (made.mistakes.empty() || known_->is_complete()) return made;
  made.mistakes = {
      transient("waits to be told by the server which columns its tables have, since " +
                made.mistakes.front().what)};
  return made;
}

}  // namespace slotcast::route
