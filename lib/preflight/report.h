#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/pg/guards.h"
#include "lib/pg/preflight.h"
#include "lib/route/pattern.h"

// Whether a pipeline can run against a server, before it does: what the server said and what the
// configuration wants, turned into findings and the SQL that is missing. Pure.
//
//     pg::read_preflight() ─▶ facts ─┐
//     configuration, state ─▶ Wanted ─┴▶ examine() ─▶ Report ─▶ printed by the daemon

namespace slotcast::preflight {

struct Finding {
  enum class Kind {
    Error,    // it will not run, or will lose something: a person has to act
    Warning,  // it runs; somebody should know
    Note,
  };
  Kind kind = Kind::Note;
  std::string text;  // one sentence: what it is, and what to do
};

// What the configuration wants.
struct Wanted {
  struct Route {
    route::TablePattern from;
    std::vector<std::string> sinks;
    bool copies_rows = false;  // a sink begins with the rows that are in the tables
  };
  // What is known of this pipeline's past.
  enum class State {
    Unknown,   // the state directory cannot be read
    Empty,     // nothing has begun
    Creating,  // a first start was interrupted; the slot may be there
    Begun,
  };
  pg::Options pg;
  std::vector<Route> routes;
  std::int64_t snapshot_workers = 2;
  State state = State::Unknown;
  pg::SourceMemory memory;  // when it has begun
};

struct TableReport {
  pg::TableFacts facts;
  std::string publication;  // that it is in, or would go into
  bool is_published = false;
  std::vector<std::string> sinks;
  std::vector<Finding> findings;
  std::vector<std::string> pushdown;  // statements by which less of it is sent (source.pushdown)
};

struct Report {
  pg::InstanceFacts instance;
  std::optional<pg::SlotFacts> slot;
  bool sizes_are_estimates = false;
  std::vector<Finding> findings;  // of all but single tables
  std::vector<TableReport> tables;
  std::vector<std::string> sql;  // statements and comments, in the order in which they are to run

  std::size_t count(Finding::Kind kind) const;
};

Report examine(const pg::PreflightFacts& facts, const Wanted& wanted);

}  // namespace slotcast::preflight
