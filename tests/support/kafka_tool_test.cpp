#include "tests/support/kafka_tool.h"

#include <catch2/catch.hpp>

namespace slotcast::test {
namespace {

std::string with_schema(const std::string& type, const std::string& logical,
                        const std::string& payload) {
  return R"({"schema":{"type":")" + type + R"(","optional":true,"version":1,"name":")" + logical +
         R"(","parameters":{"scale":"2"}},"payload":)" + payload + "}";
}

const std::string kConnect = "org.apache.kafka.connect.data.";

}  // namespace

TEST_CASE("Kafka Connect reads its own logical types", "[kafka]") {
  const std::vector<ConnectValue> read = read_as_connect(
      {with_schema("bytes", kConnect + "Decimal", R"("/2o=")"),  // -150
       with_schema("int32", kConnect + "Date", "19782"),
       with_schema("int64", kConnect + "Timestamp", "1709164800123"),
       with_schema("int32", "io.debezium.time.Date", "19782"), std::nullopt, "{\"a\":1}",
       R"({"schema":{"type":"struct","fields":[{"type":"string","optional":true,"field":"s"},
           {"type":"array","items":{"type":"int64"},"field":"l"}]},
           "payload":{"s":null,"l":[9007199254740993]}})"},
      true, MessagePart::Value);
  REQUIRE(read.size() == 7);
  CHECK(read[0].value == R"({"BigDecimal":"-1.50"})");
  CHECK(read[0].schema ==
        R"({"type":"bytes","optional":true,"name":"org.apache.kafka.connect.data.Decimal",)"
        R"("version":1,"parameters":{"scale":"2"}})");
  CHECK(read[1].value == R"({"Date":"2024-02-29T00:00:00Z"})");
  CHECK(read[2].value == R"({"Date":"2024-02-29T00:00:00.123Z"})");
  CHECK(read[3].value == R"({"Integer":"19782"})");
  CHECK(read[4].value == "null");
  CHECK(read[4].schema == "null");
  CHECK(read[5].refused.find("\"schema\" and \"payload\" fields") != std::string::npos);
  CHECK(read[6].value == R"({"Struct":{"s":null,"l":{"List":[{"Long":"9007199254740993"}]}}})");
}

TEST_CASE("Kafka Connect reads messages without a schema", "[kafka]") {
  const std::vector<ConnectValue> read =
      read_as_connect({R"({"id":7})", "", "no JSON"}, false, MessagePart::Key);
  REQUIRE(read.size() == 3);
  CHECK(read[0].value == R"({"Map":[[{"String":"id"},{"Long":"7"}]]})");
  CHECK(read[0].schema == "null");
  CHECK(read[1].value == "null");
  CHECK(!read[2].refused.empty());
}

TEST_CASE("Kafka's Java producer puts keys where others found them", "[kafka]") {
  // murmur2 of these is -973932308, -790332482 and -985981536: with the sign taken away, modulo.
  CHECK(java_partitions({"21", "foobar", "a-little-bit-long-string"}, 1000) ==
        std::vector<int>{(-973932308 & 0x7fffffff) % 1000, (-790332482 & 0x7fffffff) % 1000,
                         (-985981536 & 0x7fffffff) % 1000});
}

}  // namespace slotcast::test
