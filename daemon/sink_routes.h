#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "config/config.h"
#include "lib/io/file.h"
#include "lib/pg/publication.h"
#include "lib/route/pattern.h"
#include "lib/route/router.h"
#include "lib/snapshot/chunk_memory.h"

namespace slotcast {

// The routes as each sink sees them, and what the state file "routes" remembers of them from the
// last start. Threads: any, but for what writes the state file: one.
class SinkRoutes {
 public:
  // `config` must outlive it; its patterns have been checked.
  explicit SinkRoutes(const config::Config& config) : config_(config) {}

  std::vector<route::Route> of(const std::string& sink) const;
  // Those of all sinks, one after the other.
  std::vector<route::Route> all() const;
  // What sinks that `waits` for and that are not configured now may get again: everything of the
  // tables they had. Errors: Corrupt, when the state file cannot be read.
  Result<std::vector<route::Route>> left_behind(
      io::Directory& state, const std::function<bool(const std::string& sink)>& waits) const;
  // The patterns of the routes that lead to a sink that `wanted` takes.
  std::vector<route::TablePattern> patterns_of(
      const std::function<bool(const std::string& sink)>& wanted) const;
  bool leads(const pg::SourceTable& table, const std::string& sink) const;
  // The sinks that begin with the rows of their tables, and get those of `table`.
  std::set<std::string> readers_of(const pg::SourceTable& table) const;
  // What shapes a sink's batches: its connector's options and its routes with their expressions.
  // Not `on_error`: a batch in doubt has none of the rows that it is about.
  std::uint64_t generation_of(const config::Sink& sink) const;

  // What the sinks that were there at the last start have to read for their new routes. A route
  // whose `where` or `select` is another one is new, and as the sink has rows of the old one, those
  // are replaced. Sinks that are not configured now are remembered as they were, and so are those
  // of `waiting`, which get nothing by their routes yet.
  using Sinks = std::set<std::string>;
  Result<std::vector<snapshot::Request>> news(io::Directory& state,
                                              const Sinks& waiting = {}) const;
  // Durable when it returns.
  Status remember(io::Directory& state, const Sinks& waiting = {}) const;
  // Those with a route that is not remembered, where any of their routes has an expression.
  Result<Sinks> unchecked(io::Directory& state) const;

 private:
  struct Known {
    std::string sink, pattern, target, where, select;
    auto operator<=>(const Known&) const = default;
    // The same rows come to the same place by both, as far as both are about the same tables.
    bool brings_the_same(const Known& other) const {
      return is_beside(other) && where == other.where && select == other.select;
    }
    bool is_beside(const Known& other) const {
      return sink == other.sink && target == other.target;
    }
  };
  std::set<Known> now() const;
  static Result<std::set<Known>> then(io::Directory& state);
  static snapshot::Request request_for(const Known& route, const std::set<Known>& before,
                                       const std::set<Known>& now);

  const config::Config& config_;
};

}  // namespace slotcast
