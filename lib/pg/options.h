#pragma once

#include <chrono>
#include <string>

namespace slotcast::pg {

// Which server, which slot. Filled from `source:` of the configuration.
struct Options {
  std::string uri;          // postgresql://user@host1,host2/db?sslmode=…; never holds the password
  std::string password;     // secret: never printed; empty when none is needed
  std::string slot;         // [a-z0-9_]{1,63}; default slotcast_<name>
  std::string publication;  // of tables with a usable replica identity; default = slot
  // A second, insert-only one for tables without: <publication>_insert.
  std::chrono::nanoseconds status_interval = std::chrono::seconds(1);
  // No byte from the server for so long: the connection is taken for dead.
  std::chrono::nanoseconds receive_timeout = std::chrono::seconds(120);
  std::chrono::nanoseconds connect_timeout = std::chrono::seconds(10);
  // A slot that exists although there is no local state: taken over only when this says so.
  bool adopt_slot = false;
  // A new table that a route matches is added to its publication, not only reported.
  bool adds_tables = false;
  // The server is told what every sink has, not what is in the log.
  bool waits_for_sinks = false;
  // What the routes leave out is left out by the publication already, where PostgreSQL allows it.
  bool pushes_down = false;

  std::string insert_publication() const { return publication + "_insert"; }
};

}  // namespace slotcast::pg
