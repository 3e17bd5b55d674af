#pragma once

#include <optional>
#include <string>

#include "config/config.h"

// The composition root: builds every object in the order of the data's flow, starts and ends them.

namespace slotcast {

// Exit codes; systemd does not restart after Refused and Usage.
enum class Exit : int {
  Ok = 0,
  Failed = 1,    // a disk or the server failed in a way a restart may cure
  Usage = 2,     // the command line or the configuration is wrong
  Refused = 78,  // a guard failed or durable state is damaged: a person has to decide
};

struct RunOptions {
  std::optional<std::string> until;  // "now" or an LSN: end once every sink has delivered so far
  bool accept_gap = false;
};

struct FilesOptions {
  std::string stage;     // a directory, or its url
  std::string manifest;  // of the stage; empty: the only one
  bool follow = false;   // go on when all is delivered
};

// Runs the pipeline until SIGTERM or SIGINT (drained: Ok), `until`, or what cannot be gone on from.
// A second signal ends the process at once.
Exit run_daemon(const config::Config& config, const RunOptions& options);
// The same with the rows that a stage has, until every sink has all of them, or SIGTERM.
Exit run_files(const config::Config& config, const FilesOptions& options);

}  // namespace slotcast
