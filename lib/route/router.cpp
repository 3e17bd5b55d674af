#include "lib/route/router.h"

#include <algorithm>

namespace slotcast::route {
namespace {

// Far above the tables of one source; reached only when their definitions keep changing.
constexpr std::size_t kRelationsMax = 20'000;

}  // namespace

bool Route::matches(const std::string& schema, const std::string& table) const {
  return std::any_of(from.begin(), from.end(),
                     [&](const TablePattern& pattern) { return pattern.matches(schema, table); });
}

Result<std::span<const Way>> Router::ways_for(const Relation& relation) {
  const auto found = ways_.find(relation.version);
  if (found != ways_.end()) return std::span<const Way>(found->second);
  if (known_) known_->add(relation);
  return ways_for_kept(relation);
}

Result<std::span<const Way>> Router::ways_for_kept(const Relation& relation) {
  const auto found = ways_.find(relation.version);
  if (found != ways_.end()) return std::span<const Way>(found->second);
  TRY_ASSIGN(std::vector<Way> ways, find_ways(relation));
  return std::span<const Way>(ways_[relation.version] = std::move(ways));
}

void Router::forget_many() {
  if (ways_.size() >= kRelationsMax) ways_.clear();
}

Result<std::vector<Way>> Router::find_ways(const Relation& relation) const {
  std::vector<Way> ways;
  for (const Route& route : routes_) {
    if (!route.matches(relation.schema, relation.table)) continue;
    const auto same = std::find_if(ways.begin(), ways.end(),
                                   [&](const Way& way) { return way.target() == route.target; });
    if (same == ways.end()) {
      TRY_ASSIGN(auto shape, shape_of(route, relation));
      ways.push_back({&route, std::move(shape)});
    } else if (route.shaping || same->shape) {
      return invalid("table " + relation.full_name() + " goes to one target by " +
                     same->route->name + " and by " + route.name +
                     ": with where or select there may be only one way");
    }
  }
  return ways;
}

Result<std::shared_ptr<const Shape>> Router::shape_of(const Route& route,
                                                      const Relation& relation) const {
  if (!route.shaping) return std::shared_ptr<const Shape>();
  std::vector<sql::ScopeColumn> absent;
  if (known_) {
    absent = known_->others(
        [&](const auto& schema, const auto& table) { return route.matches(schema, table); },
        relation);
  }
  auto shape = Shape::make(route.shaping, relation, absent);
  if (shape.ok() || !known_ || known_->is_complete()) return shape;
  return transient("waits to be told by the server which columns its tables have, since " +
                   shape.error().what);
}

}  // namespace slotcast::route
