#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "lib/io/file.h"
#include "lib/pg/publication_table.h"
#include "lib/route/pushdown.h"

namespace slotcast::capture {

// Keeps what the publications leave out in line with the routes (`source.pushdown`), and remembers
// in the state file "pushdown" what it asked for: the server prints a filter in words of its own.
// Without pushdown the tables that it narrowed are made plain again; those that somebody else
// narrowed are left as they are.
//
// Threads: any. Errors: Invalid, with the statement, when routes need what is not sent and the role
// may not change that; Transient when a lock keeps it from doing so. That less is sent than might
// be left out is no error.
class Narrower {
 public:
  // `options` must outlive it.
  Narrower(io::Directory& state, const pg::Options& options, std::vector<route::Route> routes)
      : state_(state), options_(options), routes_(std::move(routes)) {}

  // Something may have to be done. Reads the state file, once.
  Result<bool> is_needed();
  // Brings `tables`, as far as they are published, in line. Each in a transaction of its own, so
  // that a lock on one keeps none of the others.
  Status align(pg::Connection& sql, const std::vector<pg::SourceTable>& tables);

 private:
  struct Known {
    pg::Narrowing asked;  // as the routes wanted it
    pg::Narrowing got;    // as the server printed it afterwards
  };
  // To an ALTER PUBLICATION.
  struct Answer {
    bool is_done = false;
    bool is_lock = false;  // another time it may be done
    std::string why;
  };

  Status load();
  Status remember(const std::string& name, const pg::Narrowing& asked, const pg::Narrowing& got);
  Status forget(const std::string& name);
  Status write() const;
  Status align_table(pg::Connection& sql, const pg::PublishedTable& now,
                     const pg::Narrowing& wanted);
  Result<Answer> ask(pg::Connection& sql, const pg::PublishedTable& now,
                     const pg::Narrowing& wanted) const;
  Status change(pg::Connection& sql, const pg::PublishedTable& now, const pg::Narrowing& wanted);
  Status keep(const pg::PublishedTable& now, const pg::Narrowing& wanted, const Answer& answer);
  bool sends_enough(const pg::PublishedTable& now, const pg::Narrowing& wanted) const;

  io::Directory& state_;
  const pg::Options& options_;
  const std::vector<route::Route> routes_;

  std::mutex mutex_;
  // Guarded by mutex_.
  bool is_loaded_ = false;
  std::map<std::string, Known> known_;    // by PublishedTable::name()
  std::map<std::string, Known> refused_;  // not asked again in vain
  std::set<std::string> told_;
};

}  // namespace slotcast::capture
