#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lib/base/timed_mutex.h"
#include "lib/capture/narrower.h"
#include "lib/change/relation.h"
#include "lib/io/file.h"
#include "lib/pg/guards.h"
#include "lib/pg/options.h"
#include "lib/pg/publication.h"
#include "lib/pg/slot.h"
#include "lib/pg/stream.h"
#include "lib/pgoutput/catalog.h"
#include "lib/route/pattern.h"

// Where the changes come from: the server, its slot and publications, and what this pipeline
// remembers of them in the state file "source". Fails closed: a slot is made once, with the
// pipeline; it is never made again, advanced or dropped by itself.

namespace slotcast::capture {

// Threads: prepare() and remember() before the others exist; connect() from the network thread,
//          read_catalog() from the log writer's.
// Errors:  Transient for what waiting may cure. Invalid for a guard that fails, with the reason,
//          the gap and what can resolve it.
class Source {
 public:
  struct Options {
    pg::Options pg;
    std::vector<route::TablePattern> tables;  // of all routes
    bool accept_gap = false;  // go on although changes are lost, where a guard says that it may
    Duration slot_patience = std::chrono::seconds(30);
    std::vector<route::Route> routes = {};  // of all sinks: what the publications may leave out
  };

  Source(io::Directory& state, Options options)
      : state_(state),
        options_(std::move(options)),
        narrower_(state_, options_.pg, options_.routes, [this](const pg::SourceTable& table) {
          return on_published_ ? on_published_(table, true) : Status();
        }) {}

  // Reads the state file. True when the pipeline has begun: its log must exist.
  Result<bool> load();
  // What it says of the source. Without a slot's name: nothing was begun here.
  const pg::SourceMemory& memory() const { return memory_; }

  // What the first start made.
  struct Beginning {
    Lsn start;  // of the log
    // The new slot and the connection that exports its snapshot; null when the slot was there.
    std::unique_ptr<pg::Connection> exporter;
    pg::NewSlot slot;
    std::vector<pg::SourceTable> tables;  // of all routes
  };

  // The first start: publications, then the slot. Repeatable: after a crash in the middle the slot
  // that was made is used. With `needs_snapshot` it is of no use, since its snapshot is gone, and
  // is made again: nothing was read from it.
  Result<Beginning> prepare(bool needs_snapshot);
  // The log exists now, durably. Ends the first start.
  Status remember();

  // A stream from `durable` on, after every guard has been asked.
  Result<std::unique_ptr<pg::ReplicationStream>> connect(Lsn durable);

  Result<Catalog> read_catalog(const Relation& relation);

  // Asks again what is published, while the stream runs. The server does not tell when a table is
  // taken out: what is committed from then on is not sent.
  Status recheck(pg::Connection& sql);

  // Told of each table that is published from now on and was not before; `was_lost` when it had
  // been taken out, or less was sent of it than the routes ask for. What it asks for must be
  // durable when it returns. Before connect().
  using OnPublished = std::function<Status(const pg::SourceTable& table, bool was_lost)>;
  void on_published(OnPublished tell) { on_published_ = std::move(tell); }
  // The publications send what the routes want: what is committed from now on comes.
  bool is_in_line() const { return is_in_line_; }
  // What the slot had been told when the stream began.
  Lsn confirmed() const { return {confirmed_}; }

  // Sentences the operator should know: tables that match a route and are not published.
  std::vector<std::string> warnings() const;
  // The tables of which changes are missing, one sentence each: they were published before. Stays,
  // also over a restart, until a start with accept_gap.
  std::vector<std::string> losses() const;

 private:
  Status write_memory(const char* phase);
  Result<std::vector<pg::SourceTable>> wanted_tables(pg::Connection& sql) const;
  Result<Lsn> take_existing_slot(const pg::ServerFacts& facts, bool is_ours);
  Status drop_unused_slot(pg::Connection& replication, pg::ServerFacts& facts);
  Status check_publications(pg::Connection& connection);
  Result<std::vector<pg::SourceTable>> look(pg::Connection& sql);
  Result<std::vector<pg::SourceTable>> compare_published(pg::Connection& connection,
                                                         const pg::Publications& published);
  Status add_tables(pg::Connection& sql, const std::vector<pg::SourceTable>& tables);
  Status align(pg::Connection& sql);
  void note_loss(const pg::SourceTable& table, const std::string& remedy);

  io::Directory& state_;
  const Options options_;
  Narrower narrower_;
  std::atomic<bool> is_in_line_{false};
  pg::SourceMemory memory_;
  OnPublished on_published_;
  std::set<std::string> told_failures_;      // of adding tables; the thread of recheck() only
  std::atomic<std::uint64_t> confirmed_{0};  // an Lsn
  bool creating_ = false;                    // an earlier process may have made the slot
  std::unique_ptr<pg::Connection> catalog_;  // the log writer's thread only

  // Held from the question what is published until its answer is noted: capture and recheck() both
  // ask, and an older answer noted behind a newer one would say that a table was taken out.
  TimedMutex looking_;
  mutable std::mutex mutex_;  // taken behind looking_
  // Guarded by mutex_.
  std::vector<std::string> warnings_;
  bool knows_published_ = false;               // an earlier look has filled it
  std::set<std::string> published_;            // tables of our routes that are or were
  std::map<std::string, std::string> losses_;  // by table
  std::set<std::string> taken_out_;            // tables to be read anew when they come back
};

}  // namespace slotcast::capture
