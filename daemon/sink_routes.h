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
  // The patterns of the routes that lead to a sink that `wanted` takes.
  std::vector<route::TablePattern> patterns_of(
      const std::function<bool(const std::string& sink)>& wanted) const;
  bool leads(const pg::SourceTable& table, const std::string& sink) const;
  // The sinks that begin with the rows of their tables, and get those of `table`.
  std::set<std::string> readers_of(const pg::SourceTable& table) const;
  // What shapes a sink's batches: its connector's options and its routes.
  std::uint64_t generation_of(const config::Sink& sink) const;

  // What the sinks that were there at the last start have to read for their new routes. Sinks that
  // are not configured now are remembered as they were.
  Result<std::vector<snapshot::Request>> news(io::Directory& state) const;
  // Durable when it returns.
  Status remember(io::Directory& state) const;

 private:
  struct Known {
    std::string sink, pattern, target;
    auto operator<=>(const Known&) const = default;
  };
  std::set<Known> now() const;
  static Result<std::set<Known>> then(io::Directory& state);

  const config::Config& config_;
};

}  // namespace slotcast
