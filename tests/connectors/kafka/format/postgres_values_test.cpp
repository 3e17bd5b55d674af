// Goal:   what is written of a value is the value that the server has.
// Method: some hundred random rows of all types are read from a server, written, given back to it
//         as jsonb, and compared there with what its own functions make of the values.
#include <catch2/catch.hpp>

#include "tests/support/copy_in.h"
#include "tests/support/kafka_oracle.h"

using namespace slotcast;
using kafka::FormatOptions;
using Rules = test::OracleRules;

namespace {

constexpr const char* kSelf = "to_jsonb(%)";

// Of types that no option changes, in debezium.
Rules common_rules() {
  Rules rules;
  for (const char* column :
       {"bo", "i2", "i4", "i8", "f4", "f8", "tx", "vc", "uu", "en", "ai", "at", "am"}) {
    rules.push_back({column, kSelf, "%"});
  }
  for (const char* column : {"oi", "ci", "js", "jb", "lt", "xm", "ad", "ra", "pa"}) {
    rules.push_back({column, "%::text", "text_of(%)"});
  }
  const Rules more = {
      {"hs", "hstore_to_json(%)::jsonb", "text_of(%)::jsonb"},
      {"aj", "(SELECT jsonb_agg(e::text) FROM unnest(%) e)", "%"},
      {"ah", "(SELECT jsonb_agg(hstore_to_json(e)::jsonb) FROM unnest(%) e)",
       "(SELECT jsonb_agg(text_of(e)::jsonb) FROM jsonb_array_elements(%) e)"},
      {"b1", "%::text", "text_of(%)::boolean::int::text"},
      {"bi", "%::text", "bits(text_of(%), 13)"},
      {"bv", "%::text", "bits(text_of(%), length(k.bv))"},
      {"bv", "(length(%) + 7) / 8", "length(decode(text_of(%), 'base64'))"},
      {"pt", "jsonb_build_object('x', %[0], 'y', %[1])", "% - 'wkb' - 'srid'"},
      {"pt", "'\\x0101000000'::bytea || backwards(float8send(%[0])) || backwards(float8send(%[1]))",
       "decode(% ->> 'wkb', 'base64')"},
      {"tz", "to_char(%, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')", "text_of(%)"},
      {"z3", "to_char(%, 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')", "text_of(%)"},
      {"tt", "(% AT TIME ZONE 'UTC')::time || 'Z'", "text_of(%)"},
  };
  rules.insert(rules.end(), more.begin(), more.end());
  return rules;
}

const char* const kMicros = "(extract(epoch FROM %) * 1000000)::bigint";
const char* const kMillis = "floor(extract(epoch FROM %) * 1000)::bigint";
const char* const kNumber = "text_of(%)::numeric";
const char* const kParsed = "text_of(%)::timestamp";

}  // namespace

TEST_CASE("debezium: values are the server's, with its usual settings",
          "[kafka][format][postgres]") {
  test::KafkaOracle oracle;
  oracle.write({});
  oracle.check("after,", common_rules());
  oracle.check(
      "after,",
      {{"n2", "%", "unscaled(text_of(%)) / 100"},
       {"nw", "%", "unscaled(text_of(%)) / 1000000000000000000000000000000"},
       {"pr", "%", "unscaled(text_of(%)) / 1000"},
       {"mo", "%::numeric", "unscaled(text_of(%)) / 100"},
       {"nu", "%", "unscaled(% ->> 'value') / 10::numeric ^ (% ->> 'scale')::int"},
       {"nu", "scale(%)", "(% ->> 'scale')::int"},
       {"an", "array_to_string(%, ',', '-')",
        "(SELECT string_agg(CASE e WHEN 'null' THEN '-' ELSE (unscaled(text_of(e)) / 100)"
        "::numeric(20, 2)::text END, ',') FROM jsonb_array_elements(%) e)"},
       {"by", "%", "decode(text_of(%), 'base64')"},
       {"ab", "%",
        "(SELECT array_agg(decode(text_of(e), 'base64')) FROM jsonb_array_elements(%) e)"},
       {"da", "% - '1970-01-01'::date", "text_of(%)::int"},
       {"ad2", "%",
        "(SELECT array_agg('1970-01-01'::date + text_of(e)::int) "
        "FROM jsonb_array_elements(%) e)"},
       {"ti", kMicros, kNumber},
       {"t3", kMillis, kNumber},
       {"ts", kMicros, kNumber},
       {"s3", kMillis, kNumber},
       {"s0", kMillis, kNumber},
       {"ats", "(SELECT jsonb_agg((extract(epoch FROM e) * 1000)::bigint) FROM unnest(%) e)", "%"},
       {"iv",
        "extract(year FROM %) * 12 * 2629800000000 + extract(month FROM %) * 2629800000000 "
        "+ extract(day FROM %) * 86400000000 + extract(hour FROM %) * 3600000000 "
        "+ extract(minute FROM %) * 60000000 + extract(microseconds FROM %)",
        kNumber}});
}

TEST_CASE("debezium: values are the server's as texts", "[kafka][format][postgres]") {
  test::KafkaOracle oracle;
  FormatOptions options;
  options.decimals = kafka::Decimals::String;
  options.times = kafka::Times::Iso;
  options.binary = kafka::Binary::Hex;
  oracle.write(options);
  oracle.check("after,", common_rules());
  Rules rules = {{"mo", "(%::numeric)::text", "text_of(%)"},
                 {"by", "encode(%, 'hex')", "text_of(%)"},
                 {"da", "% || 'Z'", "text_of(%)"},
                 {"ti", "% || 'Z'", "text_of(%)"},
                 {"ts", "%", kParsed},
                 {"s0", "to_char(%, 'YYYY-MM-DD\"T\"HH24:MI:SSZ')", "text_of(%)"},
                 {"iv", "%::text", "text_of(%)::interval::text"}};
  for (const char* column : {"nu", "n2", "nw", "pr"}) {
    rules.push_back({column, "%::text", "text_of(%)"});
  }
  oracle.check("after,", rules);
}

TEST_CASE("debezium: values are the server's as doubles and milliseconds",
          "[kafka][format][postgres]") {
  test::KafkaOracle oracle;
  FormatOptions options;
  options.decimals = kafka::Decimals::Double;
  options.times = kafka::Times::Connect;
  oracle.write(options);
  Rules rules = {{"mo", "%::numeric::float8", "text_of(%)::float8"},
                 {"da", "% - '1970-01-01'::date", "text_of(%)::int"},
                 {"ti", kMillis, kNumber},
                 {"ts", kMillis, kNumber}};
  for (const char* column : {"nu", "n2", "nw", "pr"}) {
    rules.push_back({column, "%::float8", "text_of(%)::float8"});
  }
  oracle.check("after,", rules);
}

TEST_CASE("kafka json: values are the server's", "[kafka][format][postgres]") {
  test::KafkaOracle oracle;
  FormatOptions options;
  options.format = kafka::Format::Json;
  options.times = kafka::Times::Iso;
  oracle.write(options);
  Rules rules = {{"js", "%::jsonb", "%"},
                 {"jb", "%", "%"},
                 {"ts", "%", kParsed},
                 {"ti", "%::text", "text_of(%)"},
                 {"da", "%::text", "text_of(%)"},
                 {"tz", "%", "text_of(%)::timestamptz"},
                 {"iv", "%::text", "text_of(%)::interval::text"},
                 {"by", "%", "decode(text_of(%), 'base64')"}};
  for (const char* column : {"bo", "i2", "i8", "f4", "f8", "nu", "n2", "nw", "pr", "tx", "uu"}) {
    rules.push_back({column, kSelf, "%"});
  }
  for (const char* column : {"mo", "bi", "hs", "pt", "pa", "ai", "at", "am", "ra"}) {
    rules.push_back({column, "%::text", "text_of(%)"});
  }
  oracle.check("", rules);
}

TEST_CASE("canal: values are the server's texts", "[kafka][format][postgres]") {
  test::KafkaOracle oracle;
  FormatOptions options;
  options.format = kafka::Format::Canal;
  oracle.write(options);
  Rules rules = {{"by", "%", "decode(text_of(%), 'base64')"}, {"ad", "%", "text_of(%)::inet"}};
  for (const Column& column : oracle.relation().columns) {
    if (column.name == "by" || column.name == "ad" || column.name == "id") continue;
    rules.push_back({column.name, "%::text", "text_of(%)"});
  }
  oracle.check("data,0,", rules);
  const auto types = test::query(oracle.connection(),
                                 "SELECT count(*) FROM written, pg_attribute a WHERE "
                                 "attrelid = 'kept'::regclass AND attnum > 0 AND "
                                 "value #>> ARRAY['mysqlType', attname::text] = "
                                 "format_type(atttypid, NULL)");
  const std::size_t rows = 402;
  CHECK(types[0][0] == std::to_string(rows * oracle.relation().columns.size()));
}

TEST_CASE("avro: values are the server's, as fastavro reads them", "[kafka][format][postgres]") {
  test::KafkaOracle oracle;
  FormatOptions options;
  options.format = kafka::Format::Avro;
  options.times = kafka::Times::Connect;
  oracle.write(options);
  Rules rules = {
      {"f4", "%", "text_of(%)::float8::float4"},
      {"nu", "%", "unscaled_hex(% ->> 'value') / 10::numeric ^ (% ->> 'scale')::int"},
      {"an", "to_jsonb(%::text[])", "%"},
      {"by", "encode(%, 'hex')", "text_of(%)"},
      {"ab", "(SELECT jsonb_agg(encode(e, 'hex')) FROM unnest(%) e)", "%"},
      {"bi", "%::text", "bits(encode(decode(text_of(%), 'hex'), 'base64'), 13)"},
      {"pt", "jsonb_build_object('x', %[0], 'y', %[1], 'srid', NULL)", "% - 'wkb'"},
      {"da", "%::text", "text_of(%)"},
      {"ad2", "to_jsonb(%)", "%"},
      {"ti", "date_trunc('milliseconds', %)", "text_of(%)::time"},
      {"ts", "date_trunc('milliseconds', %)", "text_of(%)::timestamptz AT TIME ZONE 'UTC'"},
      {"tz", "to_char(%, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')", "text_of(%)"},
      {"hs", "hstore_to_json(%)::jsonb", "text_of(%)::jsonb"},
      {"mo", "(%::numeric)::text", "text_of(%)"}};
  for (const char* column :
       {"bo", "i2", "i4", "i8", "f8", "tx", "vc", "uu", "en", "ai", "at", "am"}) {
    rules.push_back({column, kSelf, "%"});
  }
  for (const char* column : {"n2", "nw", "pr", "oi", "js", "lt", "xm", "ra", "pa"}) {
    rules.push_back({column, "%::text", "text_of(%)"});
  }
  oracle.check("after,", rules);
}
