#include <cstdio>

#include "config/load.h"
#include "config/print.h"
#include "daemon/app.h"
#include "daemon/check_live.h"
#include "daemon/cli.h"
#include "daemon/log_command.h"
#include "daemon/sink_command.h"
#include "daemon/status_command.h"
#include "lib/base/diag.h"

namespace {

using slotcast::Command;

std::optional<slotcast::config::Config> load(const Command& command) {
  // Where nothing is asked of PostgreSQL, nothing has to be said of it.
  const bool runs_slot = command.verb == Command::Verb::Run && command.from_files.empty();
  const bool needs_source = runs_slot || command.verb == Command::Verb::Check;
  auto loaded = slotcast::config::load_file(command.config_path, needs_source);
  for (const std::string& warning : loaded.warnings) {
    std::fprintf(stderr, "warning: %s\n", warning.c_str());
  }
  for (const std::string& error : loaded.errors) std::fprintf(stderr, "%s\n", error.c_str());
  return std::move(loaded.config);
}

int look_into_log(const Command& command, const std::string& state_directory) {
  switch (command.verb) {
    case Command::Verb::LogList:
      return slotcast::list_log(state_directory);
    case Command::Verb::LogVerify:
      return slotcast::verify_log(state_directory);
    default:
      return slotcast::cat_log(state_directory, command.from_record, command.to_record);
  }
}

int with_config(const Command& command, const slotcast::config::Config& config) {
  switch (command.verb) {
    case Command::Verb::Run:
      if (!command.from_files.empty()) {
        return static_cast<int>(
            slotcast::run_files(config, {command.from_files, command.manifest, command.follow}));
      }
      return static_cast<int>(slotcast::run_daemon(config, {command.until, command.accept_gap}));
    case Command::Verb::Status:
      return slotcast::print_status(config, command.json);
    case Command::Verb::SinkList:
      return slotcast::list_sinks(config);
    case Command::Verb::SinkOrder:
      return slotcast::order_sink(config, command);
    case Command::Verb::Health:
      return slotcast::check_health(config);
    case Command::Verb::Check:
      if (command.live) return static_cast<int>(slotcast::check_live(config));
      if (command.print) {
        std::fputs(slotcast::config::print(config).c_str(), stdout);
      } else {
        const auto counted = [](std::size_t count, const char* what) {
          return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
        };
        std::printf("%s: ok: %s, %s\n", command.config_path.c_str(),
                    counted(config.sinks.size(), "sink").c_str(),
                    counted(config.routes.size(), "route").c_str());
      }
      return 0;
    default:
      return look_into_log(command, config.state);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const slotcast::Parsed parsed = slotcast::parse_command_line(argc, argv);
  if (!parsed.command) {
    std::fputs(parsed.output.c_str(), parsed.exit_code == 0 ? stdout : stderr);
    return parsed.exit_code;
  }
  const Command& command = *parsed.command;
  slotcast::diag::set_json(command.json_lines);
  if (command.verbose) slotcast::diag::set_level(slotcast::diag::Level::Debug);
  if (!command.state_directory.empty()) return look_into_log(command, command.state_directory);
  const auto config = load(command);
  return config ? with_config(command, *config) : static_cast<int>(slotcast::Exit::Usage);
}
