#include "lib/route/router.h"

#include <algorithm>

namespace slotcast::route {
namespace {

// Far above the tables of one source; reached only when their definitions keep changing.
constexpr std::size_t kRelationsMax = 20'000;

}  // namespace

std::span<const std::string> Router::targets_for(const Relation& relation) {
  if (known_.size() >= kRelationsMax) known_.clear();
  const auto [found, is_new] = known_.try_emplace(relation.version);
  std::vector<std::string>& targets = found->second;
  if (!is_new) return targets;
  for (const Route& route : routes_) {
    const bool matched =
        std::any_of(route.from.begin(), route.from.end(), [&](const TablePattern& pattern) {
          return pattern.matches(relation.schema, relation.table);
        });
    const bool is_known = std::find(targets.begin(), targets.end(), route.target) != targets.end();
    if (matched && !is_known) targets.push_back(route.target);
  }
  return targets;
}

}  // namespace slotcast::route
