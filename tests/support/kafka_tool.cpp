#include "tests/support/kafka_tool.h"

#include <openssl/evp.h>
#include <simdjson.h>

#include <fstream>
#include <functional>
#include <stdexcept>

#include "tests/support/command.h"
#include "tests/support/temp_dir.h"

namespace slotcast::test {
namespace {

using Element = simdjson::dom::element;

std::string base64(const KafkaBytes& bytes) {
  if (!bytes) return "null";
  std::string text(4 * ((bytes->size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes->data()),
                                   static_cast<int>(bytes->size()));
  text.resize(static_cast<std::size_t>(size));
  return "\"" + text + "\"";
}

template <typename Range>
std::string list(const Range& all) {
  std::string text = "[";
  for (const auto& one : all) text += (text.size() > 1 ? "," : "") + base64(one);
  return text + "]";
}

// Runs one command, and `use`s its answer.
void ask(const std::string& command, const std::function<void(Element)>& use) {
  const TempDir scratch;
  const std::string asked = scratch.path() + "/asked";
  const std::string said = scratch.path() + "/said";
  std::ofstream(asked, std::ios::binary) << command << '\n';
  const std::string tool = std::string(SLOTCAST_SOURCE_DIR) + "/tests/support/kafka/tool.sh";
  const CommandResult done = run_command(
      {"bash", "-c", "java $(" + tool + ") slotcast.kafka.Tool <" + asked + " 2>&1 >" + said});
  simdjson::dom::parser parser;
  Element answer;
  Element ok;
  const bool answered = done.exit_code == 0 && parser.load(said).get(answer) == simdjson::SUCCESS &&
                        answer["ok"].get(ok) == simdjson::SUCCESS;
  if (!answered) {
    std::string refused;
    std::getline(std::ifstream(said), refused);
    throw std::runtime_error("Kafka's Java: " + refused + done.output);
  }
  use(ok);
}

ConnectValue value_of(Element read) {
  ConnectValue value;
  std::string_view refused;
  if (read["refused"].get(refused) == simdjson::SUCCESS) {
    value.refused = refused;
  } else {
    value.schema = simdjson::minify(read["schema"].value());
    value.value = simdjson::minify(read["value"].value());
  }
  return value;
}

}  // namespace

std::vector<ConnectValue> read_as_connect(const std::vector<KafkaBytes>& messages,
                                          bool with_schemas, MessagePart part) {
  std::vector<ConnectValue> values;
  ask(std::string(R"({"do":"connect_json","settings":{"schemas.enable":")") +
          (with_schemas ? "true" : "false") + R"("},"part":")" +
          (part == MessagePart::Key ? "key" : "value") + R"(","messages":)" + list(messages) + "}",
      [&](Element read) {
        for (const Element one : read.get_array()) values.push_back(value_of(one));
      });
  return values;
}

std::vector<int> java_partitions(const std::vector<std::string>& keys, int partitions) {
  std::vector<int> found;
  ask(R"({"do":"partitions_of","partitions":)" + std::to_string(partitions) + R"(,"keys":)" +
          list(keys) + "}",
      [&](Element read) {
        for (const Element one : read.get_array()) {
          found.push_back(static_cast<int>(one.get_int64().value()));
        }
      });
  return found;
}

}  // namespace slotcast::test
