#include "tests/support/avro_messages.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "tests/support/command.h"
#include "tests/support/temp_dir.h"
#include "tests/support/value_file.h"

namespace slotcast::test {
namespace {

const std::string& python() {
  static const std::string path = [] {
    const CommandResult found = run_command({SLOTCAST_SOURCE_DIR "/dev/fastavro.sh"});
    INFO(found.output);
    REQUIRE(found.exit_code == 0);
    // What is said of an installation comes before.
    const std::string text = found.output.substr(0, found.output.find_last_not_of('\n') + 1);
    return text.substr(text.rfind('\n') + 1);
  }();
  return path;
}

}  // namespace

Result<std::int32_t> ListedSchemas::id_of(const std::string& subject, const std::string& schema) {
  if (!error_.what.empty()) return error_;
  asked_.push_back({subject, schema});
  return static_cast<std::int32_t>(asked_.size());
}

std::vector<std::string> read_avro(const ListedSchemas& schemas, const kafka::Messages& messages,
                                   AvroPart part) {
  const TempDir directory;
  const std::string prefix = directory.path() + "/";
  std::ofstream schema_file(prefix + "schemas");
  for (const auto& [subject, schema] : schemas.asked()) schema_file << schema << "\n";
  schema_file.close();
  std::ofstream message_file(prefix + "messages");
  std::vector<bool> is_null;
  for (const kafka::Messages::Message& message : messages.list()) {
    const auto& one = part == AvroPart::Key ? message.key : message.value;
    is_null.push_back(one.is_null);
    if (!one.is_null) message_file << as_hex(std::string(messages.text(one))) << "\n";
  }
  message_file.close();
  const CommandResult read =
      run_command({python(), SLOTCAST_SOURCE_DIR "/tests/connectors/kafka/format/read_avro.py",
                   prefix + "schemas", prefix + "messages"});
  INFO(read.output);
  REQUIRE(read.exit_code == 0);
  std::istringstream lines(read.output);
  std::vector<std::string> values;
  for (const bool nothing : is_null) {
    std::string line = "null";
    if (!nothing) REQUIRE(std::getline(lines, line));
    values.push_back(line);
  }
  return values;
}

}  // namespace slotcast::test
