// Goal: every setting of a stage sink arrives, is printed so that it arrives again, and a wrong one
// is told at its place.
// Method: short files with one stage; what is loaded is compared with what was written.

#include <catch2/catch.hpp>
#include <map>

#include "config/load.h"
#include "config/print.h"

using namespace slotcast;

namespace {

config::Loaded load(const std::string& stage) {
  const config::Environment environment{[](const std::string& name) -> std::optional<std::string> {
                                          if (name == "KEY") return "canary-key";
                                          if (name == "SECRET") return "canary-secret";
                                          return std::nullopt;
                                        },
                                        "/"};
  const std::string text =
      "name: shop\nsource: { postgres: \"postgresql://cdc@/shop\" }\nroutes:\n"
      "  - { from: public.*, to: lake }\nsinks:\n  lake:\n    stage:\n" +
      stage;
  return config::load_text("p.yaml", text, environment);
}

stage::Options options_of(const std::string& stage) {
  const config::Loaded loaded = load(stage);
  INFO((loaded.errors.empty() ? "" : loaded.errors[0]));
  REQUIRE(loaded.config);
  // What is printed makes the same again.
  const std::string printed = config::print(*loaded.config);
  CHECK(printed.find("canary") == std::string::npos);
  return std::get<stage::Options>(loaded.config->sinks[0].connector);
}

std::string error_of(const std::string& stage) {
  const config::Loaded loaded = load(stage);
  CHECK_FALSE(loaded.config);
  return loaded.errors.empty() ? "none" : loaded.errors[0];
}

const std::string kFile = "      url: file:///s\n      pattern: \"%U\"\n";
const std::string kBucket = "      url: s3://bucket/x\n      pattern: \"%U\"\n";

}  // namespace

TEST_CASE("config: settings of CSV", "[config]") {
  const auto plain = options_of(kFile + "      format: csv\n");
  CHECK(plain.format == stage::Format::Csv);
  CHECK(plain.csv.meta.back() == "_unchanged");
  const auto all = options_of(kFile + R"(      format: csv
      meta: [_op, _xid]
      compress: zstd
      csv: { separator: "\t", enclosure: "'", line_end: "\r\n", header: true, "null": "" }
)");
  CHECK(all.compress == stage::Compression::Zstd);
  CHECK(all.csv.separator == "\t");
  CHECK(all.csv.enclosure == "'");
  CHECK(all.csv.escape == "'");  // the enclosure, unless it is said
  CHECK(all.csv.line_end == "\r\n");
  CHECK(all.csv.header);
  CHECK(all.csv.null_text.empty());
  CHECK(all.csv.meta == std::vector<std::string>{"_op", "_xid"});
  CHECK(options_of(kFile + "      format: csv\n      csv: { escape: \"\\\\\" }\n").csv.escape ==
        "\\");
  CHECK(options_of(kFile + "      format: csv\n      meta: []\n").csv.meta.empty());
}

TEST_CASE("config: settings of JSON lines", "[config]") {
  const auto all = options_of(kFile + "      meta: _xid\n      jsonl: { nan: null }\n");
  CHECK(all.jsonl.nan == "null");
  CHECK(all.jsonl.meta == std::vector<std::string>{"_xid"});
  CHECK(options_of(kFile + "      jsonl: { nan: error, line_end: \"\\r\\n\" }\n").jsonl.line_end ==
        "\r\n");
}

TEST_CASE("config: settings of S3, whose secrets are never printed", "[config]") {
  const auto all = options_of(kBucket + R"(      s3:
        endpoint: https://minio.example:9000
        path_style: true
        access_key_id: ${env:KEY}
        secret_access_key: ${env:SECRET}
        stall_timeout: 5s
        buffer_size: 64MiB
)");
  CHECK(all.s3.endpoint == "https://minio.example:9000");
  CHECK(all.s3.path_style == "true");
  CHECK(all.s3.access_key_id == "canary-key");
  CHECK(all.s3.secret_access_key == "canary-secret");
  CHECK(all.s3.stall_timeout == std::chrono::seconds(5));
  CHECK(all.s3.buffer_bytes_max == 64u << 20);
}

TEST_CASE("config: what is printed of a stage makes the same stage", "[config]") {
  const std::string stages[] = {
      kFile + "      format: csv\n      csv: { separator: \"\\t\", \"null\": \"\" }\n",
      kFile + "      meta: []\n      jsonl: { nan: null, line_end: \"\\r\\n\" }\n",
      kBucket +
          "      s3: { region: eu-central-1, access_key_id: \"${env:KEY}\", "
          "secret_access_key: \"${env:SECRET}\", ca_file: /etc/ca.pem }\n",
  };
  for (const std::string& stage : stages) {
    const config::Loaded loaded = load(stage);
    INFO((loaded.errors.empty() ? "" : loaded.errors[0]));
    REQUIRE(loaded.config);
    const std::string printed = config::print(*loaded.config);
    INFO(printed);
    const auto environment = config::Environment{
        [](const std::string&) { return std::optional<std::string>("other"); }, "/"};
    const config::Loaded again = config::load_text("printed", printed, environment);
    INFO((again.errors.empty() ? "" : again.errors[0]));
    REQUIRE(again.config);
    CHECK(config::print(*again.config) == printed);
  }
}

TEST_CASE("config: a wrong setting of a stage is told at its place", "[config]") {
  const std::pair<std::string, std::string> wrong[] = {
      {kFile + "      csv: { header: true }\n",
       "p.yaml:10:7: sinks.lake.stage.csv: is for format: csv"},
      {kFile + "      format: csv\n      jsonl: { nan: null }\n",
       "p.yaml:11:7: sinks.lake.stage.jsonl: is for format: jsonl"},
      {kFile + "      s3: { region: x }\n",
       "p.yaml:10:7: sinks.lake.stage.s3: is for a url that begins with s3://"},
      {kFile + "      format: csv\n      csv: { separator: \";;\" }\n",
       "p.yaml:11:25: sinks.lake: separator: write one character of ASCII"},
      {kFile + "      format: csv\n      csv: { separator: \"\\\"\" }\n",
       "p.yaml:11:12: sinks.lake: enclosure: is the separator as well"},
      {kFile + "      jsonl: { nan: zero }\n",
       "p.yaml:10:21: sinks.lake: nan: write string, null or error"},
      {kFile + "      meta: [_op, _when]\n", "p.yaml:10:13: sinks.lake: meta: "},
      {kFile + "      meta: [_unchanged]\n",
       "p.yaml:10:13: sinks.lake: meta: _unchanged is for CSV"},
      {kBucket + "      s3: { region: x, secret_access_key: topsecret }\n",
       "p.yaml:10:43: sinks.lake.stage.s3.secret_access_key: write ${file:NAME} or ${env:NAME}"},
      {kBucket + "      s3: { region: x, secret_access_key: \"${env:SECRET}\" }\n",
       "p.yaml:8:12: sinks.lake: s3 has only one of access_key_id and secret_access_key"},
      {kBucket + "      s3: { endpoint: \"minio:9000\" }\n",
       "p.yaml:8:12: sinks.lake: the endpoint of S3 is not https://host"},
      {kBucket + "      s3: { region: x, path_stile: true }\n",
       "unknown key \"path_stile\" in sinks.lake.stage.s3; did you mean \"path_style\"?"},
  };
  for (const auto& [stage, says] : wrong) {
    const std::string error = error_of(stage);
    INFO(stage << error);
    CHECK(error.find(says) != std::string::npos);
    CHECK(error.find("topsecret") == std::string::npos);
  }
}
