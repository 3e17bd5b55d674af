#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "lib/capture/narrowing_memory.h"
#include "lib/io/file.h"
#include "lib/pg/publication_mark.h"
#include "lib/pg/publication_table.h"
#include "lib/route/pushdown.h"

namespace slotcast::capture {

// Keeps what the publications leave out in line with the routes (`source.pushdown`), remembers what
// it asked for, and marks the publications as its own. Without pushdown the tables that it narrowed
// are made plain again; those that somebody else narrowed are left as they are.
//
// Threads: any. Errors: Invalid, with the statement, when routes need what is not sent and the role
// may not change that, and when another pipeline keeps the publication; Transient when a lock keeps
// it from doing so. That less is sent than might be left out is no error.
class Narrower {
 public:
  // Told of a table of which changes may not have been sent, since somebody altered the publication
  // or the table: what it asks for must be durable when it returns.
  using OnMissed = std::function<Status(const pg::SourceTable& table)>;

  // `options` must outlive it.
  Narrower(io::Directory& state, const pg::Options& options, std::vector<route::Route> routes,
           OnMissed on_missed)
      : memory_(state),
        options_(options),
        routes_(std::move(routes)),
        on_missed_(std::move(on_missed)) {}

  // Something may have to be done. Asks whose the publications are; reads the state file, once.
  Result<bool> is_needed(pg::Connection& connection);
  // Brings `tables`, as far as they are published, in line. Each in a transaction of its own, so
  // that a lock on one keeps none of the others: the first error comes when all have been tried.
  Status align(pg::Connection& sql, const std::vector<pg::SourceTable>& tables);
  // What somebody should do something about, as of the last align().
  std::vector<std::string> warnings() const;

 private:
  // What the routes make of one table.
  struct Wish {
    pg::Narrowing wanted;  // as far as it may be pushed down
    pg::Narrowing needed;  // what must be sent
    std::string clauses;
    bool breaks_statements = false;  // what is published now does
  };
  // To an ALTER PUBLICATION.
  struct Answer {
    bool is_done = false;
    bool is_lock = false;  // another time it may be done
    std::string why;
  };

  Status align_all(pg::Connection& sql, const std::vector<pg::SourceTable>& tables);
  Status read_marks(pg::Connection& connection);
  Wish wish_for(const pg::PublishedTable& now, route::Publishable table) const;
  Status align_table(pg::Connection& sql, const pg::PublishedTable& now, const Wish& wish);
  Result<Answer> ask(pg::Connection& sql, const pg::PublishedTable& now,
                     const pg::Narrowing& wanted) const;
  Status change(pg::Connection& sql, const pg::PublishedTable& now, const Wish& wish);
  Status settle(const pg::PublishedTable& now, const Wish& wish, const pg::Narrowing& got);
  Status keep(const pg::PublishedTable& now, const Wish& wish, const Answer& answer);
  bool may_have_missed(const pg::PublishedTable& now, const Wish& wish) const;
  bool sends_enough(const pg::PublishedTable& now, const Wish& wish) const;
  void unmark(pg::Connection& sql, const std::vector<pg::PublishedTable>& published);

  std::mutex mutex_;
  // Guarded by mutex_.
  NarrowingMemory memory_;
  const pg::Options& options_;
  const std::vector<route::Route> routes_;
  const OnMissed on_missed_;
  std::map<std::string, pg::Mark> marks_;                  // by publication
  std::map<std::string, NarrowingMemory::Known> refused_;  // not asked again in vain
  std::set<std::string> told_;
  std::vector<std::string> problems_;

  mutable std::mutex warnings_mutex_;  // who asks must not wait for the server
  std::vector<std::string> warnings_;  // guarded by it
};

}  // namespace slotcast::capture
