#include "daemon/cli.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <sstream>

#include "lib/base/version.h"
#include "lib/change/lsn.h"

namespace slotcast {
namespace {

void add_config(CLI::App* verb, Command& command) {
  verb->add_option("-c,--config", command.config_path, "the pipeline's YAML file")
      ->envname("SLOTCAST_CONFIG")
      ->required();
}

void add_run(CLI::App& app, Command& command) {
  CLI::App* run = app.add_subcommand("run", "run the pipeline until SIGTERM");
  add_config(run, command);
  CLI::Option* until =
      run->add_option("--until", command.until, "end once all is delivered up to 'now' or an LSN")
          ->check([](const std::string& text) {
            return text == "now" || parse_lsn(text) ? "" : "neither now nor an LSN like 0/16B3748";
          });
  CLI::Option* accept_gap =
      run->add_flag("--accept-gap", command.accept_gap, "go on past a gap that a guard has named");
  CLI::Option* files =
      run->add_option("--from-files", command.from_files,
                      "the rows of a stage in place of the slot's")
          ->check([](const std::string& stage) { return stage.empty() ? "name a stage" : ""; })
          ->excludes(until)
          ->excludes(accept_gap);
  run->add_option("--manifest", command.manifest, "which of that stage's manifests")->needs(files);
  run->add_flag("--follow", command.follow, "do not end when all of them are delivered")
      ->needs(files);
  run->add_flag("--json-lines", command.json_lines, "diagnostics as one JSON object a line");
  run->add_flag("-v,--verbose", command.verbose, "more diagnostics");
  run->callback([&command] { command.verb = Command::Verb::Run; });
}

void add_others(CLI::App& app, Command& command) {
  CLI::App* check = app.add_subcommand("check", "check the configuration; --live asks the server");
  add_config(check, command);
  CLI::Option* print =
      check->add_flag("--print", command.print, "print the effective configuration");
  check->add_flag("--live", command.live, "ask the server and the sinks; changes nothing")
      ->excludes(print);
  check->callback([&command] { command.verb = Command::Verb::Check; });

  CLI::App* status = app.add_subcommand("status", "how the running pipeline stands");
  add_config(status, command);
  status->add_flag("--json", command.json, "as JSON");
  status->callback([&command] { command.verb = Command::Verb::Status; });

  CLI::App* health = app.add_subcommand("health", "exit with 0 when /healthz answers 200");
  add_config(health, command);
  health->callback([&command] { command.verb = Command::Verb::Health; });
}

void add_log_verb(CLI::App* log, Command& command, const char* name, const char* about,
                  Command::Verb which) {
  CLI::App* verb = log->add_subcommand(name, about);
  auto* config = verb->add_option("-c,--config", command.config_path, "the pipeline's YAML file");
  verb->add_option("--state", command.state_directory, "the state directory itself")
      ->excludes(config);
  if (which == Command::Verb::LogCat) {
    verb->add_option("--from", command.from_record, "the first record")
        ->check(CLI::NonNegativeNumber);
    verb->add_option("--to", command.to_record, "the last record")->check(CLI::NonNegativeNumber);
  }
  verb->callback([&command, which] {
    command.verb = which;
    if (!command.config_path.empty() || !command.state_directory.empty()) return;
    // Not by envname(): the environment would then exclude --state.
    const char* path = std::getenv("SLOTCAST_CONFIG");
    if (path == nullptr) throw CLI::RequiredError("--config or --state");
    command.config_path = path;
  });
}

CLI::App* add_sink_verb(CLI::App* sink, Command& command, const char* name, const char* about,
                        bool takes_name) {
  CLI::App* verb = sink->add_subcommand(name, about);
  add_config(verb, command);
  if (takes_name) verb->add_option("sink", command.sink, "its name")->required();
  verb->callback([&command, name] {
    command.verb = Command::Verb::SinkOrder;
    command.sink_verb = name;
  });
  return verb;
}

void add_sink(CLI::App& app, Command& command) {
  CLI::App* sink = app.add_subcommand("sink", "command the sinks, whether the daemon runs or not");
  sink->require_subcommand(1);
  CLI::App* list = sink->add_subcommand("ls", "the sinks, where they stand and what they hold");
  add_config(list, command);
  list->callback([&command] { command.verb = Command::Verb::SinkList; });
  add_sink_verb(sink, command, "pause", "deliver nothing more; keep the claim on the log", true);
  add_sink_verb(sink, command, "resume", "go on, also after an error that had stopped it", true);
  add_sink_verb(sink, command, "rewind", "deliver again what committed from a moment on", true)
      ->add_option("--to", command.to, "an LSN, or a time such as 2026-11-21T18:00:00Z")
      ->required();
  add_sink_verb(sink, command, "resync", "read its tables anew, beside the stream", true)
      ->add_option("--table", command.table, "only these: schema.table, * and ? as wildcards");
  add_sink_verb(sink, command, "redrive", "send its dead letters again; needs the daemon", true);
  add_sink_verb(sink, command, "forget", "drop the claim of a sink that is not configured", true);
  CLI::App* cut = add_sink_verb(sink, command, "cut",
                                "wait until all sinks stand at one place; print its LSN", false);
  cut->add_flag("--pause", command.pause, "leave them paused there");
  cut->add_option("--timeout", command.timeout_seconds, "seconds to wait; 60 if not given")
      ->check(CLI::Range(1, 3600));
}

}  // namespace

Parsed parse_command_line(int argc, const char* const* argv) {
  Command command;
  CLI::App app("One PostgreSQL slot, every sink.", "slotcast");
  app.set_version_flag("--version", std::string("slotcast ") + kVersion);
  app.require_subcommand(1);
  add_run(app, command);
  add_others(app, command);
  add_sink(app, command);
  CLI::App* log = app.add_subcommand("log", "look into the log, also of a running daemon");
  log->require_subcommand(1);
  add_log_verb(log, command, "ls", "list the segments", Command::Verb::LogList);
  add_log_verb(log, command, "cat", "print the records", Command::Verb::LogCat);
  add_log_verb(log, command, "verify", "check every block", Command::Verb::LogVerify);

  Parsed parsed;
  try {
    app.parse(argc, argv);
    parsed.command = command;
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    const bool is_mistake = app.exit(error, out, out) != 0;
    parsed.exit_code = is_mistake ? 2 : 0;
    parsed.output = out.str();
  }
  return parsed;
}

}  // namespace slotcast
