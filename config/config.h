#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "config/place.h"
#include "config/sql.h"
#include "connectors/kafka/options.h"
#include "connectors/null/options.h"
#include "connectors/stage/options.h"
#include "lib/change/batch_limits.h"
#include "lib/change/on_error.h"
#include "lib/log/options.h"
#include "lib/pg/options.h"
#include "lib/snapshot/options.h"

// One pipeline's configuration, as plain structs. The defaults stand at the fields of each module's
// Options; config/examples/full.yaml shows all of them and is tested to be complete.

namespace slotcast::config {

// Where a sink begins that this pipeline does not know yet.
enum class Start {
  Snapshot,  // with the rows that are in its tables, then the changes
  Log,       // with the oldest change that the log still has
  Now,       // behind the newest
};

const char* name_of(Start start);  // "snapshot", ...

struct Sink {
  std::string name;  // [a-z][a-z0-9_-]{0,62}
  std::variant<stage::Options, kafka::Options, null::Options> connector;
  BatchLimits batch;
  Start start = Start::Snapshot;
  OnError on_error = OnError::Stop;
  // Secrets as they are written, for printing: "secret_access_key" is "${env:KEY}".
  std::map<std::string, std::string> references;
  Place place;
};

struct Route {
  struct From {
    std::string text;  // table pattern "schema.table", '*' and '?' as wildcards
    Place place;
  };
  struct Target {
    std::string sink;
    std::string name;  // of `to: warehouse.constants`; empty without
    Place place;
  };
  std::vector<From> from;
  Sql where;   // a PostgreSQL expression: rows for which it is true; empty: all rows
  Sql select;  // a PostgreSQL select list: what is sent of a row; empty: all of it
  std::vector<Target> to;
  Place place;
};

struct Admin {
  std::string host = "127.0.0.1";
  unsigned short port = 8686;
};

struct Config {
  std::string file;   // as messages name it: "pipeline.yaml"
  std::string name;   // [a-z][a-z0-9_]{0,53}: names the slot, publications and metric labels
  std::string state;  // directory; default $STATE_DIRECTORY/<name>, /var/lib/slotcast/<name>
  pg::Options source;
  std::string password_reference;  // as written: "${file:pgpassword}"; for printing
  snapshot::Options snapshot;
  log::Options log;
  Admin admin;
  std::vector<Sink> sinks;    // in the file's order
  std::vector<Route> routes;  // in the file's order
  std::chrono::nanoseconds shutdown_timeout = std::chrono::seconds(30);
};

}  // namespace slotcast::config
