#include "tests/support/kafka_messages.h"

#include <simdjson.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>
#include <tuple>

#include "tests/support/command.h"

namespace slotcast::test {
namespace {

using Element = simdjson::dom::element;

// kcat writes bytes that are no UTF-8 as they are into its JSON, which a parser would refuse: each
// byte above 127 becomes the character of that number, and in_bytes() takes that back.
std::string in_characters(const std::string& bytes) {
  std::string text;
  for (const char byte : bytes) {
    const auto number = static_cast<unsigned char>(byte);
    if (number < 0x80) {
      text += byte;
    } else {
      text += static_cast<char>(0xC0 | (number >> 6));
      text += static_cast<char>(0x80 | (number & 0x3F));
    }
  }
  return text;
}

std::string in_bytes(std::string_view text) {
  std::string bytes;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto lead = static_cast<unsigned char>(text[at]);
    bytes += lead < 0x80 ? text[at] : static_cast<char>((lead << 6) | (text[++at] & 0x3F));
  }
  return bytes;
}

KafkaBytes bytes_of(Element element) {
  if (element.is_null()) return std::nullopt;
  return in_bytes(element.get_string().value());
}

KafkaMessage message_of(Element line) {
  KafkaMessage message;
  message.partition = static_cast<int>(line["partition"].get_int64().value());
  message.offset = line["offset"].get_int64().value();
  message.timestamp_ms = line["ts"].get_int64().value();
  message.key = bytes_of(line["key"].value());
  message.value = bytes_of(line["payload"].value());
  simdjson::dom::array headers;
  if (line["headers"].get(headers) == simdjson::SUCCESS) {
    for (std::size_t at = 0; at + 1 < headers.size(); at += 2) {
      message.headers.emplace_back(*bytes_of(headers.at(at).value()),
                                   bytes_of(headers.at(at + 1).value()));
    }
  }
  return message;
}

}  // namespace

std::vector<KafkaMessage> read_with_kcat(const std::string& bootstrap, const std::string& topic,
                                         bool committed_only) {
  const std::string isolation = committed_only ? "read_committed" : "read_uncommitted";
  const CommandResult done =
      run_command({"kcat", "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-J", "-X",
                   "bootstrap.servers=" + bootstrap, "-X", "isolation.level=" + isolation, "-X",
                   "fetch.wait.max.ms=10", "-X", "log_level=0"});
  if (done.exit_code != 0) throw std::runtime_error("kcat: " + done.output);
  std::vector<KafkaMessage> messages;
  simdjson::dom::parser parser;
  std::istringstream lines(done.output);
  for (std::string line; std::getline(lines, line);) {
    messages.push_back(message_of(parser.parse(in_characters(line)).value()));
  }
  std::sort(messages.begin(), messages.end(), [](const KafkaMessage& a, const KafkaMessage& b) {
    return std::tie(a.partition, a.offset) < std::tie(b.partition, b.offset);
  });
  return messages;
}

}  // namespace slotcast::test
