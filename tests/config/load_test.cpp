#include "config/load.h"

#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>

#include "config/print.h"
#include "tests/support/temp_dir.h"

using namespace slotcast;
using config::load_text;

namespace {

config::Environment environment_with(std::map<std::string, std::string> variables,
                                     const std::string& directory = "/nowhere") {
  config::Environment environment;
  environment.config_directory = directory;
  environment.variable = [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
  return environment;
}

// A good configuration whose parts a test replaces.
struct Parts {
  std::string name = "name: shop\n";
  std::string source = "source: { postgres: \"postgresql://cdc@/shop\" }\n";
  std::string sinks = "sinks:\n  lake: { null: {} }\n";
  std::string routes = "routes:\n  - { from: public.*, to: lake }\n";
  std::string more;

  std::string text() const { return name + source + sinks + routes + more; }
};

std::vector<std::string> errors_of(const std::string& text) {
  return load_text("p.yaml", text, environment_with({})).errors;
}

struct Wrong {
  Parts parts;
  std::string message;
};

Wrong with_name(const std::string& name, const std::string& message) {
  Parts parts;
  parts.name = name;
  return {parts, message};
}
Wrong with_source(const std::string& source, const std::string& message) {
  Parts parts;
  parts.source = "source:\n" + source;
  return {parts, message};
}
Wrong with_sinks(const std::string& sinks, const std::string& message) {
  Parts parts;
  parts.sinks = "sinks:\n" + sinks;
  return {parts, message};
}
Wrong with_routes(const std::string& routes, const std::string& message) {
  Parts parts;
  parts.routes = "routes:\n" + routes;
  return {parts, message};
}
Wrong with_more(const std::string& more, const std::string& message) {
  Parts parts;
  parts.more = more;
  return {parts, message};
}

const std::string kUri = "  postgres: postgresql://cdc@/shop\n";

std::vector<Wrong> wrong_configurations() {
  return {
      with_name("", "p.yaml:1:1: key \"name\" is missing"),
      with_name("name: [a]\n", "p.yaml:1:7: name: must be a single value"),
      with_name("nam: shop\n", "p.yaml:1:1: unknown key \"nam\"; did you mean \"name\"?"),
      with_name("name: shop\nname: two\n", "p.yaml:2:1: key \"name\" appears twice"),
      with_source("  postgers: x\n",
                  "p.yaml:3:3: unknown key \"postgers\" in source; did you mean \"postgres\"?"),
      with_source("  slot: a\n", "p.yaml:3:3: source: key \"postgres\" is missing"),
      with_source(kUri + "  password: hunter2\n",
                  "p.yaml:4:13: source.password: write ${file:NAME} or ${env:NAME}, not the value "
                  "itself"),
      with_source(kUri + "  password: ${env:NOT_SET}\n",
                  "p.yaml:4:13: source.password: environment variable NOT_SET is not set"),
      with_source(kUri + "  password: ${vault:x}\n",
                  "p.yaml:4:13: source.password: ${vault:x}: write ${env:NAME} or ${file:NAME}"),
      with_source(kUri + "  password: ${env:X\n",
                  "p.yaml:4:13: source.password: \"${\" without \"}\""),
      with_source(kUri + "  adopt: yes\n",
                  "p.yaml:4:10: source.adopt: \"yes\" is neither true nor false"),
      with_source(kUri + "  tables: all\n",
                  "p.yaml:4:11: source.tables: \"all\" is neither listed nor auto"),
      with_source(kUri + "  advance: never\n",
                  "p.yaml:4:12: source.advance: \"never\" is neither logged nor delivered"),
      with_source(kUri + "  pushdown: on\n",
                  "p.yaml:4:13: source.pushdown: \"on\" is neither off nor auto"),
      with_more("log: { on_full: drop }\n",
                "p.yaml:7:17: log.on_full: \"drop\" is neither pause nor detach"),
      with_source(
          kUri + "  status_interval: 5\n",
          "p.yaml:4:20: source.status_interval: \"5\" is not a duration; write it as 500ms, "
          "10s or 72h"),
      with_source(kUri + "  connect_timeout: [1s]\n",
                  "p.yaml:4:20: source.connect_timeout: must be a single value"),
      with_more("log: { max_size: 10 }\n",
                "p.yaml:7:18: log.max_size: \"10\" is not a size; write it as 64MiB or 1GB"),
      with_more("log: { max_size: 10gib }\n",
                "p.yaml:7:18: log.max_size: \"10gib\" is not a size; write it as 64MiB or 1GB"),
      with_more("log: { segment_size: 99999999999999TiB }\n",
                "p.yaml:7:22: log.segment_size: \"99999999999999TiB\" is not a size; write it as "
                "64MiB or 1GB"),
      with_more("log: { keep: forever }\n",
                "p.yaml:7:14: log.keep: \"forever\" is not a duration; write it as 500ms, 10s or "
                "72h"),
      with_more("log: 7\n", "p.yaml:7:6: log must be a mapping of keys"),
      with_more("log: { max_sice: 1GiB }\n",
                "p.yaml:7:8: unknown key \"max_sice\" in log; did you mean \"max_size\"?"),
      with_more("lgo: {}\n", "p.yaml:7:1: unknown key \"lgo\"; did you mean \"log\"?"),
      with_more(
          "shutdown_timeout: 30\n",
          "p.yaml:7:19: shutdown_timeout: \"30\" is not a duration; write it as 500ms, 10s or "
          "72h"),
      with_more("admin: { listen: 0.0.0.0:80 }\n",
                "p.yaml:7:18: admin.listen: \"0.0.0.0:80\" is not a loopback address with a port, "
                "as 127.0.0.1:8686, nor off; other addresses would need authentication, which "
                "there is none of yet"),
      with_more(
          "admin: { listen: localhost }\n",
          "p.yaml:7:18: admin.listen: \"localhost\" is not a loopback address with a port, as "
          "127.0.0.1:8686, nor off; other addresses would need authentication, which there "
          "is none of yet"),
      with_sinks("  lake: { }\n",
                 "p.yaml:4:3: sinks.lake: name exactly one kind of sink, stage, kafka or null"),
      with_sinks("  lake: { null: {}, stage: { url: file:///s, pattern: \"%U\" } }\n",
                 "p.yaml:4:3: sinks.lake: name exactly one kind of sink, stage, kafka or null"),
      with_sinks("  lake: { stage: { pattern: \"%U\" } }\n",
                 "p.yaml:4:18: sinks.lake.stage: key \"url\" is missing"),
      with_sinks("  lake: { stage: { url: file:///s } }\n",
                 "p.yaml:4:18: sinks.lake.stage: key \"pattern\" is missing"),
      with_sinks("  lake: { null: { size: 1 } }\n",
                 "p.yaml:4:19: unknown key \"size\" in sinks.lake.null"),
      with_sinks("  lake: { null: {}, batch: { max_rows: 0 } }\n",
                 "p.yaml:4:40: sinks.lake.batch.max_rows: \"0\" is not a whole number above 0"),
      with_sinks(
          "  lake: { null: {}, batch: { every_behind: 9s } }\n",
          "p.yaml:4:44: sinks.lake.batch.every_behind: is less than every (10s): a sink that "
          "is behind needs larger batches, not smaller ones"),
      with_sinks(
          "  lake: { batch: { every: 31s }, kafka: { brokers: [b:1] } }\n",
          "p.yaml:4:11: sinks.lake.batch: every is above half of kafka.transaction_timeout (30s): "
          "the brokers would give batches up"),
      with_sinks("  lake: { null: {}, batch: { max_rows: many } }\n",
                 "p.yaml:4:40: sinks.lake.batch.max_rows: \"many\" is not a whole number above 0"),
      with_sinks("  lake: { null: {}, bacth: { } }\n",
                 "p.yaml:4:21: unknown key \"bacth\" in sinks.lake; did you mean \"batch\"?"),
      with_sinks("  lake: { null: {}, on_error: ignore }\n",
                 "p.yaml:4:31: sinks.lake.on_error: \"ignore\" is none of stop, skip, divert"),
      with_sinks("  lake: { null: {}, start: later }\n",
                 "p.yaml:4:28: sinks.lake.start: \"later\" is none of snapshot, log, now"),
      with_sinks("  lake: { null: {} }\n  lake: { null: {} }\n",
                 "p.yaml:5:3: key \"lake\" appears twice in sinks"),
      with_sinks("  lake: { stage: { url: \"s3://b\", pattern: \"%U\" } }\n",
                 "p.yaml:4:25: sinks.lake: stage url \"s3://b\" is not s3://bucket or "
                 "s3://bucket/prefix"),
      with_sinks("  Lake: { null: {} }\n  lake: { null: {} }\n",
                 "p.yaml:4:3: sinks: \"Lake\" must be a-z, 0-9, _ and -, and begin with a letter"),
      with_routes("  - { to: lake }\n", "p.yaml:6:5: routes[0]: key \"from\" is missing"),
      with_routes("  - { from: public.* }\n", "p.yaml:6:5: routes[0]: key \"to\" is missing"),
      with_routes("  - { from: public.*, to: lak }\n",
                  "p.yaml:6:27: there is no sink \"lak\"; did you mean \"lake\"?"),
      with_routes("  - { from: public.*, to: lake, where: }\n",
                  "p.yaml:6:33: routes[0].where: is empty; leave the key out for all of it"),
      with_routes("  - { from: public.*, to: lake, where: \" \" }\n",
                  "p.yaml:6:40: routes[0].where: is empty; leave the key out for all of it"),
      with_routes("  - { from: public.*, to: lake, where: [a, b] }\n",
                  "p.yaml:6:40: routes[0].where: must be a text"),
      with_routes("  - { from: public.*, to: lake, where: \"a\\0b\" }\n",
                  "p.yaml:6:42: routes[0].where: holds a zero byte"),
      with_routes(
          "  - from: public.*\n    to: lake\n    where: |\n      " + std::string(16384, 'x') + "\n",
          "p.yaml:8:12: routes[0].where: has 16385 bytes; at most 16384 are allowed"),
      with_routes("  - { from: public.*, to: lake, select: [] }\n",
                  "p.yaml:6:41: routes[0].select: is empty; leave the key out for all of it"),
      with_routes("  - { from: public.*, to: lake, select: [a, ''] }\n",
                  "p.yaml:6:45: routes[0].select: is empty; leave the key out for all of it"),
      with_routes("  - { from: public.*, to: lake, select: [a, [b]] }\n",
                  "p.yaml:6:45: routes[0].select: must be a text"),
      with_routes("  - { from: public.*, to: lake, select: [" + std::string(9000, 'x') + ", " +
                      std::string(9000, 'y') + "] }\n",
                  "p.yaml:6:41: routes[0].select: has 18002 bytes; at most 16384 are allowed"),
      with_routes("  - { from: public.*, to: lake, lookup: x }\n",
                  "p.yaml:6:33: routes[0].lookup: is not supported by this version of slotcast"),
      with_routes("  - { form: public.*, to: lake }\n",
                  "p.yaml:6:7: unknown key \"form\" in routes[0]; did you mean \"from\"?"),
      with_routes("  - { from: [], to: lake }\n",
                  "p.yaml:6:13: routes[0].from: must be a name or a list of names"),
      with_routes("  - 7\n", "p.yaml:6:5: routes[0] must be a mapping of keys"),
  };
}

}  // namespace

TEST_CASE("config: every mistake is told with its file, line and column", "[config]") {
  for (const Wrong& wrong : wrong_configurations()) {
    const auto errors = errors_of(wrong.parts.text());
    INFO(wrong.parts.text());
    INFO("expected " << wrong.message << "\ngot " << (errors.empty() ? "none" : errors[0]));
    CHECK(std::find(errors.begin(), errors.end(), wrong.message) != errors.end());
    CHECK_FALSE(load_text("p.yaml", wrong.parts.text(), environment_with({})).config.has_value());
  }
}

TEST_CASE("config: all mistakes are told at once, in the file's order", "[config]") {
  const auto errors = errors_of("nam: x\nsource: { postgers: y }\nsinks: { a: { nul: {} } }\n");
  REQUIRE(errors.size() >= 5);
  CHECK(std::is_sorted(errors.begin(), errors.end(), [](const auto& a, const auto& b) {
    return std::stoi(a.substr(7)) < std::stoi(b.substr(7));
  }));
}

TEST_CASE("config: where no slot is read nothing has to be said of one", "[config]") {
  Parts parts;
  parts.source = "";
  const auto environment = environment_with({});
  CHECK(load_text("p.yaml", parts.text(), environment).errors.size() == 1);
  CHECK(load_text("p.yaml", parts.text(), environment, false).config);
  parts.source = "source: { postgre: x }\n";
  CHECK(load_text("p.yaml", parts.text(), environment, false).errors.size() == 1);
}

TEST_CASE("config: text that is not YAML is an error at its place", "[config]") {
  const auto errors = errors_of("name: [\n");
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].starts_with("p.yaml:2:1: YAML: "));
}

TEST_CASE("config: an impossible log, a password in the URI, a silent client are refused",
          "[config]") {
  const auto says = [](const Parts& parts, const std::string& phrase) {
    for (const std::string& error : errors_of(parts.text())) {
      if (error.find(phrase) != std::string::npos) return true;
    }
    return false;
  };
  Parts parts;
  parts.more = "log: { max_size: 100MiB }\n";
  CHECK(says(parts, "at least four times"));
  parts.more = "log: { segment_size: 1KiB }\n";
  CHECK(says(parts, "between 1MiB and 1GiB"));
  parts = Parts();
  parts.source = "source: { postgres: \"postgresql://cdc:hunter2@h/shop\" }\n";
  CHECK(says(parts, "a password does not belong into the URI"));
  CHECK_FALSE(says(parts, "hunter2"));
  parts.source = "source: { postgres: \"postgresql:///shop\", status_interval: 20s }\n";
  CHECK(says(parts, "at most 10s"));
  parts.source = "source: { postgres: \"host=db\" }\n";
  CHECK(says(parts, "write postgresql://"));
}

TEST_CASE("config: where and select keep their text and their places", "[config]") {
  Parts parts;
  parts.sinks = "sinks:\n  lake: { null: {}, on_error: divert }\n  log: { null: {} }\n";
  parts.source = "source: { postgres: \"postgresql://cdc@/shop\", pushdown: auto }\n";
  parts.routes = R"(routes:
  - from: public.*
    where: >
      state <> 'it''s'
      AND id > 7
    select:
      - id
      - "name -- as \"it\" is"
      - CAST(value AS BIGINT) AS value
    to: [lake]
  - { from: public.*, to: log, select: 'id, ''x'' AS x' }
  - { from: public.*, to: log }
)";
  const auto loaded = load_text("p.yaml", parts.text(), environment_with({}));
  INFO((loaded.errors.empty() ? "" : loaded.errors[0]));
  REQUIRE(loaded.config);
  const auto& routes = loaded.config->routes;
  CHECK(loaded.config->source.pushes_down);
  CHECK(loaded.config->sinks[0].on_error == OnError::Divert);
  CHECK(loaded.config->sinks[1].on_error == OnError::Stop);
  CHECK(routes[0].where.text == "state <> 'it''s' AND id > 7\n");
  CHECK(routes[0].where.place_of(routes[0].where.text.find("id >")) == config::Place{10, 11});
  CHECK(routes[0].select.text == "id, name -- as \"it\" is\n, CAST(value AS BIGINT) AS value");
  CHECK(routes[0].select.place_of(routes[0].select.text.find("it")) == config::Place{13, 23});
  CHECK(routes[0].select.place_of(routes[0].select.text.find("BIGINT")) == config::Place{14, 23});
  CHECK(routes[1].select.text == "id, 'x' AS x");
  CHECK(routes[1].select.place_of(9) == config::Place{16, 52});
  CHECK(routes[1].where.text.empty());
  CHECK(routes[2].select.text.empty());

  const std::string printed = config::print(*loaded.config);
  const auto again = load_text("printed", printed, environment_with({}));
  INFO(printed);
  REQUIRE(again.config);
  CHECK(config::print(*again.config) == printed);
  CHECK(again.config->source.pushes_down);
  for (std::size_t i = 0; i < routes.size(); ++i) {
    CHECK(again.config->routes[i].where.text == routes[i].where.text);
    CHECK(again.config->routes[i].select.text == routes[i].select.text);
  }
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(again.config->sinks[i].on_error == loaded.config->sinks[i].on_error);
  }
}

TEST_CASE("config: any text of a route is printed so that it is read again", "[config]") {
  for (const std::string text : {"a",
                                 "true",
                                 "null",
                                 "1",
                                 "  a  ",
                                 "a\n\n  + b\n",
                                 "\ta",
                                 "'a' = 'b'",
                                 "\"a\"",
                                 "- a",
                                 "\xC3\xA4 = '\xF0\x9F\x98\x80'",
                                 "a\r\n+ b",
                                 "'${env:X}' = a",
                                 "'*' = a",
                                 "'a: b' = a",
                                 "'|' = a",
                                 "'a # b' = a",
                                 "'\\x' = a",
                                 "'~' = a",
                                 "a = '\x01'"}) {
    config::Config config;
    Parts parts;
    config = *load_text("p.yaml", parts.text(), environment_with({})).config;
    config.routes[0].where.text = text;
    const std::string list = text + " AS x," + text + " AS y";
    config.routes[0].select.text = list;
    const auto again = load_text("printed", config::print(config), environment_with({}));
    INFO(config::print(config));
    REQUIRE(again.config);
    CHECK(again.config->routes[0].where.text == text);
    CHECK(again.config->routes[0].select.text == list);
  }
}

TEST_CASE("config: a secret file must not be readable by others", "[config]") {
  const test::TempDir directory;
  const std::string path = directory.path() + "/pw";
  std::ofstream(path) << "canary\n";
  const auto environment = environment_with({}, directory.path());
  ::chmod(path.c_str(), 0644);
  const auto open = config::substitute("${file:pw}", environment);
  REQUIRE_FALSE(open.ok());
  CHECK(open.error().what.find("may be read by others") != std::string::npos);
  CHECK(open.error().what.find("canary") == std::string::npos);
  ::chmod(path.c_str(), 0600);
  CHECK(config::substitute("${file:pw}", environment).value() == "canary");
  CHECK(config::substitute("a$${b}", environment).value() == "a${b}");
}

TEST_CASE("config: systemd's credentials come first", "[config]") {
  const test::TempDir credentials, beside;
  std::ofstream(credentials.path() + "/pw") << "from systemd";
  std::ofstream(beside.path() + "/pw") << "beside";
  ::chmod((credentials.path() + "/pw").c_str(), 0444);
  const auto environment =
      environment_with({{"CREDENTIALS_DIRECTORY", credentials.path()}}, beside.path());
  CHECK(config::substitute("${file:pw}", environment).value() == "from systemd");
}

TEST_CASE("config: a server elsewhere gets sslmode=verify-full unless told otherwise", "[config]") {
  const auto uri_of = [](const std::string& uri) {
    Parts parts;
    parts.source = "source: { postgres: \"" + uri + "\" }\n";
    const auto loaded = load_text("p.yaml", parts.text(), environment_with({}));
    return loaded.config ? loaded.config->source.uri : "";
  };
  CHECK(uri_of("postgresql://u@db1/d") == "postgresql://u@db1/d?sslmode=verify-full");
  CHECK(uri_of("postgresql://u@db1,db2/d?a=b") ==
        "postgresql://u@db1,db2/d?a=b&sslmode=verify-full");
  CHECK(uri_of("postgresql://u@localhost,db2:5/d").ends_with("?sslmode=verify-full"));
  CHECK(uri_of("postgresql:///d?host=db3").ends_with("&sslmode=verify-full"));
  for (const std::string local :
       {"postgresql:///d", "postgresql://u@127.0.0.1:5433/d", "postgresql://[::1]/d",
        "postgresql:///d?host=/tmp", "postgresql://u@db1/d?sslmode=require"}) {
    CHECK(uri_of(local) == local);
  }
}

TEST_CASE("config: every mistake at once, each at its value", "[config]") {
  const auto loaded = load_text("shop.yaml", R"(name: Shop
source:
  postgres: "host=db"
  slot: "Bad-Slot"
  status_interval: 20s
log:
  segment_size: 1KiB
sinks:
  lake:
    stage:
      url: "s3://b"
      pattern: "{table}"
      format: parquet
routes:
  - { from: public.*, to: lakes }
)",
                                environment_with({}));
  const auto begins = [&](std::size_t at, const std::string& text) {
    INFO(loaded.errors.at(at));
    CHECK(loaded.errors.at(at).starts_with(text));
  };
  REQUIRE(loaded.errors.size() == 9);
  begins(0, "shop.yaml:1:7: name:");
  begins(1, "shop.yaml:3:13: source.postgres:");
  begins(2, "shop.yaml:4:9: source.slot:");
  begins(3, "shop.yaml:5:20: source.status_interval:");
  begins(4, "shop.yaml:7:17: log.segment_size");
  begins(5, "shop.yaml:11:12: sinks.lake: stage url");
  begins(6, "shop.yaml:12:16: sinks.lake: pattern");
  begins(7, "shop.yaml:13:15: sinks.lake.stage.format: \"parquet\" is none of jsonl, csv");
  begins(8, "shop.yaml:15:27: there is no sink");
}

TEST_CASE("config: a file that is no mapping is one mistake", "[config]") {
  for (const char* text : {"", "# nothing\n", "- a\n", "just text\n"}) {
    const auto loaded = load_text("shop.yaml", text, environment_with({}));
    REQUIRE(loaded.errors.size() == 1);
    CHECK(loaded.errors[0].starts_with("shop.yaml:1:1: the file "));
  }
}
