// Goal: credentials are found where Amazon's own tools find them, in the order that is promised,
// are renewed before they end, and nothing of them is ever said.
// Method: files and variables of a test, and services whose answers are those of Amazon's manuals.

#include "connectors/stage/s3/credentials.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>

#include "connectors/stage/s3/bucket.h"
#include "tests/support/http_server.h"
#include "tests/support/s3_server.h"
#include "tests/support/temp_dir.h"

using namespace slotcast;
using namespace slotcast::stage::s3;
using slotcast::test::http_reply;
using slotcast::test::HttpReply;
using slotcast::test::HttpRequest;
using slotcast::test::HttpServer;

namespace {

class HandClock final : public Clock {
 public:
  SteadyTime now() const override { return SteadyTime(); }
  WallTime wall() const override { return wall_; }
  WallTime wall_{std::chrono::sys_days(std::chrono::year(2026) / 11 / 22)};
};

// One machine's environment and files.
struct Machine {
  Machine() { variables["AWS_EC2_METADATA_DISABLED"] = "true"; }

  void file(const std::string& name, const std::string& text) {
    const std::filesystem::path path = disk.path() + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  Variables lookup() {
    return [this](const char* name) {
      const auto found = variables.find(name);
      return found == variables.end() ? std::string() : found->second;
    };
  }
  CredentialKeeper keeper() { return {settings, lookup(), http, clock}; }
  // The access key id in force, or what is wrong.
  std::string found() {
    CredentialKeeper fresh = keeper();
    const auto current = fresh.current();
    return current.ok() ? current.value()->access_key_id : current.error().what;
  }

  test::TempDir disk;
  std::map<std::string, std::string> variables;
  Settings settings;
  HandClock clock;
  Http http{settings};
};

std::string sts_answer(const std::string& id, const std::string& ends_at) {
  return "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
         "<AssumeRoleWithWebIdentityResult><Credentials><SessionToken>session</SessionToken>"
         "<SecretAccessKey>secret</SecretAccessKey><Expiration>" +
         ends_at + "</Expiration><AccessKeyId>" + id +
         "</AccessKeyId></Credentials></AssumeRoleWithWebIdentityResult>"
         "</AssumeRoleWithWebIdentityResponse>";
}

constexpr const char* kMetadataJson =
    R"({"Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": "of-machine",)"
    R"( "SecretAccessKey": "s", "Token": "t", "Expiration": "2026-11-22T06:00:00Z"})";

}  // namespace

TEST_CASE("s3 credentials: the first place that has any counts", "[s3]") {
  Machine machine;
  CHECK(machine.found().find("AWS_ACCESS_KEY_ID") != std::string::npos);
  machine.variables["HOME"] = machine.disk.path();
  machine.file(".aws/credentials",
               "# comment\n[default]\naws_access_key_id = of-default\naws_secret_access_key=s\n"
               "[ team ]\naws_access_key_id=of-team\naws_secret_access_key = s\n");
  machine.file(".aws/config",
               "[profile team]\nregion = eu-west-3\ns3 =\n  addressing_style = path\n");
  CHECK(machine.found() == "of-default");
  machine.variables["AWS_PROFILE"] = "team";
  CHECK(machine.found() == "of-team");
  const auto team = read_profile(machine.settings, machine.lookup());
  REQUIRE(team.ok());
  CHECK(team.value().value("region") == "eu-west-3");
  machine.variables["AWS_ACCESS_KEY_ID"] = "of-environment";
  CHECK(machine.found().find("only one of") != std::string::npos);
  machine.variables["AWS_SECRET_ACCESS_KEY"] = "s";
  CHECK(machine.found() == "of-environment");
  machine.settings.profile = "team";
  CHECK(machine.found() == "of-team");
  machine.settings.profile = "nobody";
  CHECK(machine.found().find("\"nobody\" is neither in") != std::string::npos);
  machine.settings.access_key_id = "of-configuration";
  machine.settings.secret_access_key = "s";
  machine.settings.profile.clear();
  CHECK(machine.found() == "of-configuration");
}

TEST_CASE("s3 credentials: a web identity's role, renewed before it ends", "[s3]") {
  Machine machine;
  int asked = 0;
  bool is_down = false;
  std::string body;
  HttpServer sts([&](const HttpRequest& request) {
    body = request.body;
    if (is_down) return http_reply(503, "");
    ++asked;
    return http_reply(200,
                      sts_answer("id-" + std::to_string(asked),
                                 asked == 1 ? "2026-11-22T01:00:00Z" : "2026-11-22T02:00:00Z"));
  });
  machine.file("token", "a.b+c\n");
  machine.variables["AWS_ENDPOINT_URL_STS"] = sts.url();
  machine.variables["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/r";
  CHECK(machine.found().find("need each other") != std::string::npos);
  machine.variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = machine.disk.path() + "/token";
  CredentialKeeper keeper = machine.keeper();
  const auto id = [&] {
    const auto current = keeper.current();
    return current.ok() ? current.value()->access_key_id : current.error().what;
  };
  CHECK(id() == "id-1");
  CHECK(body ==
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole"
        "%2Fr&RoleSessionName=slotcast&WebIdentityToken=a.b%2Bc");
  CHECK(keeper.current().value()->session_token == "session");
  machine.clock.wall_ += std::chrono::minutes(49);
  CHECK(id() == "id-1");
  machine.clock.wall_ += std::chrono::minutes(2);
  is_down = true;
  CHECK(id() == "id-1");
  is_down = false;
  CHECK(id() == "id-2");
  is_down = true;
  machine.clock.wall_ += std::chrono::hours(2);
  const auto ended = keeper.current();
  REQUIRE(!ended.ok());
  CHECK(ended.error().kind == ErrorKind::Transient);
  CHECK(ended.error().what.find("a.b") == std::string::npos);
}

TEST_CASE("s3 credentials: of a machine, by IMDSv2, and of a container", "[s3]") {
  Machine machine;
  HttpServer service([](const HttpRequest& request) {
    if (request.target == "/latest/api/token" && request.method == "PUT" &&
        request.header("X-aws-ec2-metadata-token-ttl-seconds") == "300") {
      return http_reply(200, "a-token");
    }
    if (request.target == "/container" && request.header("authorization") == "of-pod") {
      return http_reply(200, R"({"AccessKeyId":"of-container","SecretAccessKey":"s","Token":"t"})");
    }
    if (request.header("X-aws-ec2-metadata-token") != "a-token") return http_reply(401, "");
    if (request.target == "/latest/meta-data/iam/security-credentials/") {
      return http_reply(200, "some-role");
    }
    if (request.target == "/latest/meta-data/iam/security-credentials/some-role") {
      return http_reply(200, kMetadataJson);
    }
    return http_reply(404, "");
  });
  machine.variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = service.url();
  CHECK(machine.found().find("none in") != std::string::npos);
  machine.variables["AWS_EC2_METADATA_DISABLED"] = "";
  CHECK(machine.found() == "of-machine");
  machine.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = service.url() + "/container";
  CHECK(machine.found().find("answers 401") != std::string::npos);
  machine.file("pod", "of-pod\n");
  machine.variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = machine.disk.path() + "/pod";
  CHECK(machine.found() == "of-container");
  machine.variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://example.org/container";
  CHECK(machine.found().find("without TLS") != std::string::npos);
}

TEST_CASE("s3 credentials: a session that the server calls ended is renewed at once", "[s3]") {
  Machine machine;
  machine.variables["HOME"] = machine.disk.path();
  machine.file(".aws/credentials",
               "[default]\naws_access_key_id=k\naws_secret_access_key=s\naws_session_token=old\n");
  bool is_signed = true;
  std::vector<std::string> seen;
  HttpServer server([&](const HttpRequest& request) {
    seen.push_back(request.header("x-amz-security-token"));
    is_signed = is_signed &&
                request.header("authorization").find("x-amz-security-token") != std::string::npos;
    if (seen.back() == "new") return http_reply(200, "text");
    machine.file(
        ".aws/credentials",
        "[default]\naws_access_key_id=k\naws_secret_access_key=s\naws_session_token=new\n");
    return http_reply(400, "<Error><Code>ExpiredToken</Code></Error>");
  });
  CredentialKeeper keeper = machine.keeper();
  Bucket bucket({server.url() + "/bucket", "us-east-1"}, keeper, machine.http);
  const auto text = bucket.get("a");
  REQUIRE(text.ok());
  CHECK(text.value() == std::optional<std::string>("text"));
  CHECK(seen == std::vector<std::string>{"old", "new"});
  REQUIRE(bucket.get("b").ok());
  CHECK(is_signed);
  // One connection serves all of them.
  CHECK(server.connections() == 1);
}

TEST_CASE("s3 credentials: instants as Amazon writes them", "[s3]") {
  const WallTime expected{std::chrono::sys_days(std::chrono::year(2026) / 11 / 22) +
                          std::chrono::seconds(3723)};
  for (const char* text :
       {"2026-11-22T01:02:03Z", "2026-11-22T01:02:03.456Z", "2026-11-22T01:02:03+00:00"}) {
    REQUIRE(parse_instant(text).ok());
    CHECK(parse_instant(text).value() == expected);
  }
  for (const char* text : {"", "2026-11-22", "2026-13-22T01:02:03Z", "2026-11-22T01:02:03",
                           "2026-11-22T25:02:03Z", "2026-11-22T01:02:03+02:00"}) {
    CHECK_FALSE(parse_instant(text).ok());
  }
}
