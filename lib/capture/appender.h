#pragma once

#include <atomic>
#include <functional>
#include <map>

#include "lib/capture/counters.h"
#include "lib/capture/ring.h"
#include "lib/change/relation.h"
#include "lib/log/log.h"
#include "lib/pgoutput/catalog.h"

// The log writer's work: takes what the network thread read and appends it to the log, whole
// transactions once. It waits when there is no room, and goes on when there is.
//
// Threads: run() in one of its own; stop() from any.
// Errors:  a full disk or log is waited for. Anything else ends run(): Corrupt for a stream that
//          breaks its own rules.

namespace slotcast::capture {

class Appender {
 public:
  // What the catalog says of a relation; asked when the server announces one. After a Transient
  // error the connection is given up and what it brought since is asked for again: a server that
  // shuts down takes no session for the catalog, and waits until the stream is confirmed or gone.
  using ReadCatalog = std::function<Result<Catalog>(const Relation&)>;

  Appender(Ring& ring, log::Log& log, Counters& counters, Clock& clock, ReadCatalog read_catalog);

  // Until stop() and an empty ring (ok), or an error.
  Status run();
  void stop() {
    stopping_ = true;
    ring_.close();
  }

 private:
  Status take(const Item& item);
  Status take_message(Bytes message);
  Status take_begin(Bytes message);
  Status take_commit(Bytes message);
  Status take_type(Bytes message);
  Status take_relation(Bytes message);
  Status take_lone_message(Bytes message);
  Status take_keepalive(Lsn wal_end);
  Status until_it_fits(const std::function<Status()>& step);
  bool give_up_waiting();
  State pause_state() const;

  Ring& ring_;
  log::Log& log_;
  Counters& counters_;
  Clock& clock_;
  const ReadCatalog read_catalog_;
  std::atomic<bool> stopping_{false};

  // The log writer's thread only.
  bool skipping_ = false;  // a transaction that the log has already
  bool refusing_ = false;  // until the connection's end
  // Of the transaction that is made of a message which is of none: how far it is, while there is no
  // room for the rest.
  enum class Lone { None, Begun, Told } lone_ = Lone::None;
  PgTime lone_time_;
  std::map<std::uint32_t, std::uint32_t> built_in_behind_;  // domains, as the stream told them
  SteadyTime position_at_{};
  SteadyTime stop_waiting_at_{};
};

}  // namespace slotcast::capture
