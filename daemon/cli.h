#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace slotcast {

// What the user asked for.
struct Command {
  enum class Verb { Run, Check, Status, Health, LogList, LogCat, LogVerify, SinkList, SinkOrder };

  Verb verb = Verb::Run;
  std::string config_path;
  std::string state_directory;       // log verbs: instead of a configuration
  std::optional<std::string> until;  // run
  bool accept_gap = false;           // run
  std::string from_files;            // run: a stage; empty: from the slot
  std::string manifest;              // run --from-files
  bool follow = false;               // run --from-files
  bool verbose = false;
  bool json_lines = false;             // run: diagnostics as JSON
  bool json = false;                   // status
  bool print = false;                  // check: the effective configuration
  bool live = false;                   // check: ask the server, too
  std::string sink_verb;               // sink: "pause", ...
  std::string sink;                    // sink: its name
  std::string to;                      // sink rewind
  std::string table;                   // sink resync
  bool pause = false;                  // sink cut
  std::uint64_t timeout_seconds = 60;  // sink cut
  std::uint64_t from_record = 0;       // log cat
  std::uint64_t to_record = UINT64_MAX;
};

// Either a command, or what to print and the code to exit with (help, version, a mistake).
struct Parsed {
  std::optional<Command> command;
  int exit_code = 0;
  std::string output;
};

// Pure: prints nothing, ends nothing.
Parsed parse_command_line(int argc, const char* const* argv);

}  // namespace slotcast
