#include "daemon/cli.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <sstream>

using namespace slotcast;
using Verb = Command::Verb;

namespace {

// An environment variable for as long as it lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

Parsed parse(std::vector<const char*> words) {
  words.insert(words.begin(), "slotcast");
  return parse_command_line(static_cast<int>(words.size()), words.data());
}

}  // namespace

TEST_CASE("cli: each verb is recognised with its configuration", "[cli]") {
  const struct {
    std::vector<const char*> words;
    Verb verb;
  } cases[] = {
      {{"run"}, Verb::Run},
      {{"check"}, Verb::Check},
      {{"status"}, Verb::Status},
      {{"health"}, Verb::Health},
      {{"log", "ls"}, Verb::LogList},
      {{"log", "cat"}, Verb::LogCat},
      {{"log", "verify"}, Verb::LogVerify},
  };
  for (auto [words, verb] : cases) {
    CAPTURE(words);
    for (const char* flag : {"-c", "--config"}) {
      std::vector<const char*> with = words;
      with.insert(with.end(), {flag, "shop.yaml"});
      const Parsed parsed = parse(with);
      REQUIRE(parsed.command);
      CHECK(parsed.command->verb == verb);
      CHECK(parsed.command->config_path == "shop.yaml");
    }
    const Variable variable("SLOTCAST_CONFIG", "from-environment.yaml");
    REQUIRE(parse(words).command);
    CHECK(parse(words).command->config_path == "from-environment.yaml");
  }
}

TEST_CASE("cli: a stage as the source goes with its own options only", "[cli]") {
  const auto run = [](std::vector<const char*> words) {
    words.insert(words.begin(), {"run", "-c", "p.yaml"});
    return parse(words);
  };
  const Parsed both = run({"--from-files", "/srv/stage", "--manifest", "shop-lake", "--follow"});
  REQUIRE(both.command);
  CHECK(both.command->from_files == "/srv/stage");
  CHECK(both.command->manifest == "shop-lake");
  CHECK(both.command->follow);
  REQUIRE(run({}).command);
  CHECK(run({}).command->from_files.empty());
  for (const std::vector<const char*>& wrong : {std::vector{"--follow"},
                                                {"--manifest", "shop-lake"},
                                                {"--from-files"},
                                                {"--from-files", ""},
                                                {"--from-files", "/srv/stage", "--until", "now"},
                                                {"--from-files", "/srv/stage", "--accept-gap"}}) {
    CAPTURE(wrong);
    CHECK(run(wrong).exit_code == 2);
  }
}

TEST_CASE("cli: options reach the command, and are off when not given", "[cli]") {
  const Command plain = parse({"run", "-c", "x"}).command.value();
  CHECK_FALSE(plain.until);
  CHECK_FALSE((plain.accept_gap || plain.json_lines || plain.verbose || plain.json || plain.print ||
               plain.live));

  const Command full =
      parse({"run", "-c", "x", "--until", "0/16B3748", "--accept-gap", "--json-lines", "-v"})
          .command.value();
  CHECK(full.until == "0/16B3748");
  CHECK((full.accept_gap && full.json_lines && full.verbose));
  CHECK(parse({"status", "-c", "x", "--json"}).command.value().json);
  CHECK(parse({"check", "-c", "x", "--print"}).command.value().print);
  CHECK(parse({"check", "-c", "x", "--live"}).command.value().live);

  const Command cat =
      parse({"log", "cat", "--state", "/s", "--from", "7", "--to", "9"}).command.value();
  CHECK(cat.state_directory == "/s");
  CHECK((cat.from_record == 7 && cat.to_record == 9));
}

TEST_CASE("cli: --state is enough for the log, also where a configuration is in the environment",
          "[cli]") {
  const Variable variable("SLOTCAST_CONFIG", "/etc/slotcast/pipeline.yaml");
  for (const char* verb : {"ls", "cat", "verify"}) {
    const Parsed parsed = parse({"log", verb, "--state", "/s"});
    CAPTURE(parsed.output);
    REQUIRE(parsed.command);
    CHECK(parsed.command->state_directory == "/s");
  }
}

TEST_CASE("cli: mistakes are exit 2 with a text, never a command", "[cli]") {
  const std::vector<std::vector<const char*>> mistakes = {
      {},
      {"fly"},
      {"run"},
      {"run", "-c"},
      {"run", "-c", "x", "--until"},
      {"run", "-c", "x", "--until", "tomorrow"},
      {"run", "-c", "x", "--json"},
      {"run", "-c", "x", "surplus"},
      {"check", "-c", "x", "--until", "now"},
      {"check", "--live"},
      {"check", "-c", "x", "--live", "--print"},
      {"run", "-c", "x", "--live"},
      {"status"},
      {"log"},
      {"log", "ls"},
      {"log", "rm", "-c", "x"},
      {"log", "ls", "-c", "x", "--state", "/s"},
      {"log", "ls", "--state", "/s", "--from", "1"},
      {"log", "cat", "--state", "/s", "--from", "one"},
      {"log", "cat", "--state", "/s", "--from", "-1"},
      {"run", "-c", "x", "status", "-c", "x"},
  };
  for (const auto& words : mistakes) {
    const Parsed parsed = parse(words);
    CAPTURE(words, parsed.output);
    CHECK_FALSE(parsed.command);
    CHECK(parsed.exit_code == 2);
    CHECK_FALSE(parsed.output.empty());
  }
}

TEST_CASE("cli: help and version are exit 0, and help fits 80 columns", "[cli]") {
  CHECK(parse({"--version"}).output.starts_with("slotcast "));
  CHECK(parse({"--version"}).exit_code == 0);
  for (const std::vector<const char*>& verb :
       std::vector<std::vector<const char*>>{{},
                                             {"run"},
                                             {"check"},
                                             {"status"},
                                             {"health"},
                                             {"log"},
                                             {"log", "ls"},
                                             {"log", "cat"},
                                             {"log", "verify"}}) {
    std::vector<const char*> words = verb;
    words.push_back("--help");
    const Parsed parsed = parse(words);
    CHECK_FALSE(parsed.command);
    CHECK(parsed.exit_code == 0);
    std::istringstream lines(parsed.output);
    for (std::string line; std::getline(lines, line);) {
      CAPTURE(verb, line);
      CHECK(line.size() <= 80);
    }
  }
}
