#pragma once

#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "lib/change/change.h"
#include "lib/route/pattern.h"
#include "lib/route/shape.h"
#include "lib/sql/known_tables.h"

// Which changes a branch delivers, in what shape, and under which target names.

namespace slotcast::route {

// One route as far as one sink is concerned.
struct Route {
  std::vector<TablePattern> from;
  std::string target;                      // empty: the source's own name
  std::string name;                        // "routes[1]": for people
  std::shared_ptr<const Shaping> shaping;  // null: changes pass as they are
  bool needs_key = false;                  // its sink tells rows apart by their key

  bool matches(const std::string& schema, const std::string& table) const;
};

// One way that a relation's changes take.
struct Way {
  const Route* route = nullptr;
  std::shared_ptr<const Shape> shape;  // null: as they are

  const std::string& target() const { return route->target; }
};

// Threads: one, its branch's.
class Router {
 public:
  // `known` may be null where no route has a `where` or `select`.
  explicit Router(std::vector<Route> routes, std::shared_ptr<sql::KnownTables> known = nullptr)
      : routes_(std::move(routes)), known_(std::move(known)) {}

  // The ways for changes of `relation`; none when no route is about it. A table that several
  // routes send to one target as it is goes there once. `seen`: one of the changes. Valid until the
  // next call.
  // Errors: Invalid when a clause does not fit the relation; Transient while the server's catalog
  // has to say first which columns the route's other tables have.
  Result<std::span<const Way>> ways_for(const Relation& relation, const ChangeId& seen);
  // The same for a row that was kept: what its table was like once says nothing about columns that
  // the route's other tables lack.
  Result<std::span<const Way>> ways_for_kept(const Relation& relation);

  // The same for a relation that is known already, with all mistakes of all routes. A route with
  // mistakes has a way without a shape.
  struct Found {
    std::vector<Way> ways;
    std::vector<Error> mistakes;
  };
  Found find_ways(const Relation& relation) const;

  // Lets go of what is known when it is very much. No row of a way may be in use.
  void forget_many();

 private:
  Shape::Made shape_of(const Route& route, const Relation& relation) const;
  Shape::Made fitted(const Route& route, const Relation& relation) const;

  std::vector<Route> routes_;
  std::shared_ptr<sql::KnownTables> known_;
  std::unordered_map<std::uint64_t, std::vector<Way>> ways_;  // by relation version
};

}  // namespace slotcast::route
