// Goal: the example with every key is complete, says the defaults, and prints as itself.
// Method: the keys that the loader asks for against those in the file; a bare file beside it.

#include <yaml-cpp/yaml.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <set>
#include <sstream>

#include "config/load.h"
#include "config/print.h"

using namespace slotcast;
using config::load_text;

namespace {

config::Environment environment_with(const std::string& password) {
  return {[password](const std::string& name) {
            return name == "PGPASSWORD" ? std::optional(password) : std::nullopt;
          },
          "/nowhere"};
}

std::string read_file(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

// Every key of a document as the loader calls it: "sinks.*.stage.url", "routes[].from".
void add_keys(const YAML::Node& node, const std::string& path, std::set<std::string>& keys) {
  if (node.IsSequence()) {
    for (const YAML::Node& item : node) add_keys(item, path + "[]", keys);
  }
  if (!node.IsMap()) return;
  for (const auto& entry : node) {
    const std::string key = entry.first.IsNull() ? "null" : entry.first.Scalar();
    const std::string below = path + (path.empty() ? "" : ".") + (path == "sinks" ? "*" : key);
    keys.insert(below);
    add_keys(entry.second, below, keys);
  }
}

}  // namespace

TEST_CASE("config: full.yaml has every key, and its values are the defaults", "[config]") {
  const std::string directory = SLOTCAST_SOURCE_DIR "/config/examples/";
  const auto environment = environment_with("x");
  const auto full = load_text("full", read_file(directory + "full.yaml"), environment);
  REQUIRE(full.errors.empty());

  // Complete: each key that the loader asks for has its value in the file, at its own place.
  std::set<std::string> given;
  add_keys(YAML::Load(read_file(directory + "full.yaml")), "", given);
  for (const std::string& key : full.known_keys) {
    INFO(key);
    CHECK(given.count(key) == 1);
  }

  // The same pipeline with nothing but what is required.
  const auto bare = load_text("bare", R"(
name: shop
source: { postgres: "postgresql://cdc@/shop?host=/var/run/postgresql", password: "${env:PGPASSWORD}" }
sinks:
  lake: { stage: { url: "file:///srv/stage", pattern: "{schema}.{table}/%Y/%m/%d/%H%M%S-%U.jsonl" } }
  exports:
    stage: { url: "file:///srv/exports", pattern: "{table}-%F-%U.csv", format: csv }
  archive:
    stage:
      url: "s3://company-lake/shop"
      pattern: "{schema}.{table}/%Y/%m/%d/%H%M%S-%U.jsonl"
      s3: { region: eu-central-1 }
  events: { kafka: { brokers: [kafka1:9092, kafka2:9092] } }
  flat:
    kafka:
      brokers: [kafka1:9093]
      format: json
      partition: column
      partition_column: tenant_id
      tls: {}
      sasl: { mechanism: PLAIN, username: slotcast, password: "${env:PGPASSWORD}" }
  typed:
    kafka:
      brokers: [kafka1:9092]
      format: avro
      registry: { url: "https://registry.example.com:8081" }
  nothing: { null: {} }
routes:
  - from: public.*
    where: "true"
    select: "*"
    to: [lake, exports, archive, events, flat, typed, nothing]
)",
                              environment);
  REQUIRE(bare.errors.empty());
  CHECK(config::print(*full.config) == config::print(*bare.config));
}

TEST_CASE("config: what is printed makes the same pipeline again", "[config]") {
  const auto environment = environment_with("canary");
  const std::string directory = SLOTCAST_SOURCE_DIR "/config/examples/";
  for (const char* name : {"full.yaml", "minimal.yaml"}) {
    const auto loaded = load_text(name, read_file(directory + name), environment);
    REQUIRE(loaded.config);
    const std::string printed = config::print(*loaded.config);
    const auto again = load_text("printed", printed, environment);
    INFO(printed);
    REQUIRE(again.errors.empty());
    CHECK(config::print(*again.config) == printed);
    CHECK(printed.find("canary") == std::string::npos);
  }
}
