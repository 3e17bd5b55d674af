#pragma once

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "lib/change/relation.h"
#include "lib/route/pattern.h"

// Which changes a branch delivers, and under which target names.

namespace slotcast::route {

// One route as far as one sink is concerned.
struct Route {
  std::vector<TablePattern> from;
  std::string target;  // empty: the source's own name
};

// Threads: one, its branch's.
class Router {
 public:
  explicit Router(std::vector<Route> routes) : routes_(std::move(routes)) {}

  // The targets for changes of `relation`; none when no route is about it. A table that several
  // routes send to one target goes there once. Valid until the next call.
  std::span<const std::string> targets_for(const Relation& relation);

  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
  std::unordered_map<std::uint64_t, std::vector<std::string>> known_;  // by relation version
};

}  // namespace slotcast::route
