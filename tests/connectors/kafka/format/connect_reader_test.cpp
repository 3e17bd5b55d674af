// Goal:   Kafka Connect takes what is written, with its schemas, for what the server has.
// Method: random rows of all types are read from a server and written; Connect's own JsonConverter
//         reads them, and says what Java objects it made; the server compares.
#include <catch2/catch.hpp>

#include "connectors/kafka/format/make.h"
#include "tests/support/kafka_oracle.h"
#include "tests/support/kafka_scene.h"
#include "tests/support/kafka_tool.h"

using namespace slotcast;
using kafka::FormatOptions;
using kafka::Messages;
using test::kNull;
using test::kUnchanged;
using test::OracleRules;

namespace {

std::vector<std::string> as_connect(const Messages& messages, test::MessagePart which) {
  std::vector<test::KafkaBytes> parts;
  for (const Messages::Message& message : messages.list()) {
    const Messages::Part& part = which == test::MessagePart::Key ? message.key : message.value;
    parts.push_back(part.is_null ? test::KafkaBytes() : std::string(messages.text(part)));
  }
  std::vector<std::string> values;
  for (const test::ConnectValue& read : test::read_as_connect(parts, true, which)) {
    INFO(read.refused);
    CHECK(read.refused.empty());
    values.push_back(read.value);
  }
  return values;
}

std::vector<std::string> values_as_connect(const Messages& messages) {
  return as_connect(messages, test::MessagePart::Value);
}

FormatOptions with_schema() {
  FormatOptions options;
  options.schema = true;
  return options;
}

// A member is the Java class of the value, and the value as its text.
OracleRules rules_of(const std::vector<std::string>& columns, const std::string& java_class,
                     const std::string& wanted, const std::string& type) {
  OracleRules rules;
  for (const std::string& column : columns) {
    rules.push_back({column, wanted, "(% ->> '" + java_class + "')::" + type});
  }
  return rules;
}

}  // namespace

TEST_CASE("connect: values are the server's, as Kafka Connect reads them",
          "[kafka][format][postgres]") {
  test::KafkaOracle oracle;
  FormatOptions options = with_schema();
  options.times = kafka::Times::Connect;
  oracle.write(options, values_as_connect);
  const std::string path = "Struct,after,Struct,";
  oracle.check(path, rules_of({"n2", "nw", "pr"}, "BigDecimal", "%::text", "text"));
  oracle.check(path, rules_of({"tx", "vc", "uu", "en", "js", "jb", "lt", "xm", "ra", "pa"},
                              "String", "%::text", "text"));
  oracle.check(path, rules_of({"i8", "oi"}, "Long", "%::text", "text"));
  oracle.check(path, {{"mo", "(%::numeric)::text", "% ->> 'BigDecimal'"},
                      {"nu", "%",
                       "unscaled(% #>> '{Struct,value,byte[]}') / "
                       "10::numeric ^ (% #>> '{Struct,scale,Integer}')::int"},
                      {"bo", "%::text", "% ->> 'Boolean'"},
                      {"i2", "%::text", "% ->> 'Short'"},
                      {"i4", "%::text", "% ->> 'Integer'"},
                      {"f4", "%", "(% ->> 'Float')::float4"},
                      {"f8", "%", "(% ->> 'Double')::float8"},
                      {"by", "%", "decode(% ->> 'byte[]', 'base64')"},
                      {"bi", "%::text", "bits(% ->> 'byte[]', 13)"},
                      {"pt", "%[0]", "(% #>> '{Struct,x,Double}')::float8"},
                      {"da", "%", "((% ->> 'Date')::timestamptz AT TIME ZONE 'UTC')::date"},
                      {"ti", "date_trunc('milliseconds', %)",
                       "((% ->> 'Date')::timestamptz AT TIME ZONE 'UTC')::time"},
                      {"ts", "date_trunc('milliseconds', %)",
                       "(% ->> 'Date')::timestamptz AT TIME ZONE 'UTC'"},
                      {"ai", "to_jsonb(%::text[])",
                       "(SELECT coalesce(jsonb_agg(e -> 'Integer'), '[]') FROM "
                       "jsonb_array_elements(% -> 'List') e)"},
                      {"an", "to_jsonb(%::text[])",
                       "(SELECT jsonb_agg(e -> 'BigDecimal') "
                       "FROM jsonb_array_elements(% -> 'List') e)"},
                      {"at", "to_jsonb(%)",
                       "(SELECT coalesce(jsonb_agg(e -> 'String'), '[]') FROM "
                       "jsonb_array_elements(% -> 'List') e)"}});
}

TEST_CASE("connect: every kind of message is read, with and without markers", "[kafka][format]") {
  const Relation item = test::make_typed_relation("item", {{"id", "integer", true},
                                                           {"name", "text"},
                                                           {"raw", "bytea"},
                                                           {"many", "text[]"},
                                                           {"few", "integer[]"},
                                                           {"any", "numeric"}});
  test::KafkaScene scene;
  scene.add(Operation::Create, item, {"1", "a", "\\x00", "{b}", "{1}", "1.5"});
  scene.add(Operation::Update, item,
            {"1", kUnchanged, kUnchanged, kUnchanged, kUnchanged, kUnchanged});
  scene.add(Operation::Delete, item,
            {"1", kUnchanged, kUnchanged, kUnchanged, kUnchanged, kUnchanged});
  scene.add(Operation::Truncate, item, {});
  FormatOptions options = with_schema();
  options.transactions = true;
  for (const auto unchanged : {kafka::Unchanged::Omit, kafka::Unchanged::Marker}) {
    options.unchanged = unchanged;
    const auto encoder = kafka::make_encoder(options, {"shop", "store"});
    Messages messages;
    REQUIRE(scene.encode(*encoder, messages).ok());
    const auto keys = as_connect(messages, test::MessagePart::Key);
    const auto values = values_as_connect(messages);
    REQUIRE(values.size() == 7);  // a transaction begins and ends, and there is a tombstone
    CHECK(keys[1] == R"({"Struct":{"id":{"Integer":"1"}}})");
    CHECK(keys[5] == "null");
    CHECK(values[4] == "null");
    const std::string text(kafka::Unchanged::Marker == unchanged
                               ? R"("name":{"String":"__debezium_unavailable_value"})"
                               : R"("name":null)");
    CHECK_THAT(values[2], Catch::Contains(text));
    CHECK_THAT(values[3],
               Catch::Contains(R"("before":{"Struct":{"id":{"Integer":"1"},"name":null)"));
    CHECK_THAT(values[5], Catch::Contains(R"("before":null,"after":null)"));
    CHECK_THAT(values[6], Catch::Contains(R"("event_count":{"Long":"4"})"));
  }
}
