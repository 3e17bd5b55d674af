// Goal: every type has the JSON that Debezium's documentation gives it, and json its own.
// Method: lists of texts and what they become, written by hand; a table of one column each.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <sstream>

#include "connectors/kafka/format/make.h"
#include "tests/support/kafka_rows.h"

using namespace slotcast;
using kafka::Decimals;
using kafka::Format;
using kafka::FormatOptions;

namespace {

struct Line {
  std::string type, text, expected;
  FormatOptions options;
};

std::vector<Line> lines_of(const std::string& file, const FormatOptions& usual) {
  std::ifstream in(SLOTCAST_SOURCE_DIR "/tests/connectors/kafka/golden/" + file);
  REQUIRE(in);
  std::vector<Line> lines;
  FormatOptions options = usual;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == '[') {
      options = test::kafka_options(line.substr(1, line.size() - 2), usual);
      continue;
    }
    const std::size_t first = line.find(" | ");
    const std::size_t second = line.find(" | ", first + 3);
    REQUIRE(second != std::string::npos);
    lines.push_back({line.substr(0, first), line.substr(first + 3, second - first - 3),
                     line.substr(second + 3), options});
  }
  return lines;
}

// What stands for the value, or "!" and the error.
std::string written(const Line& line) {
  const Relation relation = test::make_typed_relation("t", {test::typed_column(line.type)});
  test::Changes changes;
  const Change& change = changes.add(Operation::Create, relation, {line.text});
  const std::string topic = "shop.public.t";
  const auto encoder = kafka::make_encoder(line.options, {"shop", "shop"});
  kafka::Messages messages;
  const Status encoded = encoder->encode({&change, &topic, nullptr, nullptr}, {}, messages);
  if (!encoded.ok()) {
    CHECK(encoded.error().kind == ErrorKind::Rejected);
    CHECK(messages.list().empty());
    CHECK(messages.buffer().size() == 0);
    return "!" + encoded.error().what;
  }
  REQUIRE(messages.list().size() == 1);
  const std::string value(messages.text(messages.list()[0].value));
  const std::string before = line.options.format == Format::Json ? "{\"v\":" : "\"after\":{\"v\":";
  const std::string behind = line.options.format == Format::Json ? "}" : "},\"source\":";
  const std::size_t at = value.find(before) + before.size();
  const std::size_t end = value.rfind(behind);
  REQUIRE(end != std::string::npos);
  return value.substr(at, end - at);
}

void check_file(const std::string& file, const FormatOptions& usual) {
  const std::vector<Line> lines = lines_of(file, usual);
  CHECK(lines.size() > 30);
  for (const Line& line : lines) {
    CAPTURE(line.type, line.text);
    const std::string found = written(line);
    if (line.expected[0] != '!') {
      CHECK(found == line.expected);
      continue;
    }
    CHECK(found.starts_with("!column v holds "));
    CHECK(found.find(line.expected.substr(1)) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("kafka values: debezium has each type as its documentation says", "[kafka][format]") {
  check_file("values_debezium.golden", {});
}

TEST_CASE("kafka values: json has numbers, times and bytes as they are asked for",
          "[kafka][format]") {
  FormatOptions options;
  options.format = Format::Json;
  options.meta = {};
  check_file("values_json.golden", options);
}

TEST_CASE("kafka values: a text that is larger than a row's usual room is the same",
          "[kafka][format]") {
  const std::string digits(20'000, '7');
  std::string hex, base64, list, numbers;
  for (int i = 0; i < 6'000; ++i) hex += "00ff10", base64 += "AP8Q";
  for (int i = 0; i < 6'000; ++i) numbers += i == 0 ? "1" : ",1";
  std::string controls(5'000, '\x01');
  std::string escaped;
  for (int i = 0; i < 5'000; ++i) escaped += "\\u0001";
  FormatOptions plain;
  FormatOptions text;
  text.decimals = Decimals::String;
  CHECK(written({"text", digits, "", plain}) == "\"" + digits + "\"");
  CHECK(written({"text", controls, "", plain}) == "\"" + escaped + "\"");
  CHECK(written({"numeric", digits, "", text}) == "\"" + digits + "\"");
  CHECK(written({"bytea", "\\x" + hex, "", plain}) == "\"" + base64 + "\"");
  CHECK(written({"integer[]", "{" + numbers + "}", "", plain}) == "[" + numbers + "]");
  CHECK(written({"text", "\xff" + digits, "", plain}).starts_with("!"));
  CHECK(written({"text[]", "{\xff}", "", plain}).starts_with("!column v holds text that is not"));
  CHECK(written({"hstore", "\"a\"=>\"\xff\"", "", plain}).starts_with("!column v holds text"));
}
