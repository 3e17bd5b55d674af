// Goal: what S3 refuses is told by its kind and with what to do, and never with a secret in it.
// Method: a server that checks signatures, certificates of our own, and answers in the words of
// S3's manual.

#include <catch2/catch.hpp>

#include "connectors/stage/s3/failure.h"
#include "connectors/stage/s3/xml.h"
#include "tests/support/http_server.h"
#include "tests/support/s3_stage.h"

using namespace slotcast;
using namespace slotcast::stage::s3;
using slotcast::test::http_reply;
using slotcast::test::HttpRequest;
using slotcast::test::HttpServer;
using slotcast::test::no_variables;
using slotcast::test::S3Server;

namespace {

Status open(const std::string& url, const Settings& settings) {
  SystemClock clock;
  SystemRandom random;
  auto stage = ObjectStage::make(url, "owner", settings, no_variables(), clock, random);
  return stage.ok() ? stage.value()->open() : stage.status();
}

Response refusal(long status, const std::string& code) {
  return {status, {}, "<Error><Code>" + code + "</Code><Message>why</Message></Error>"};
}

// A bucket of a server that a test makes up.
struct Requests {
  explicit Requests(const HttpServer& server)
      : bucket({server.url() + "/bucket", "us-east-1"}, keeper, http) {}

  static Settings settings() {
    Settings settings;
    settings.access_key_id = "k";
    settings.secret_access_key = "s";
    return settings;
  }
  SystemClock clock;
  Http http{settings()};
  CredentialKeeper keeper{settings(), no_variables(), http, clock};
  Bucket bucket;
};

}  // namespace

TEST_CASE("s3: wrong credentials and buckets are refused with what to do", "[s3]") {
  S3Server server;
  Settings settings = server.settings();
  CHECK(open("s3://bucket/x", settings).ok());
  CHECK(open("s3://bucket", settings).ok());

  const Status missing = open("s3://nobodys/x", settings);
  REQUIRE(!missing.ok());
  CHECK(missing.error().kind == ErrorKind::Invalid);
  CHECK(missing.error().what.find("make the bucket") != std::string::npos);

  settings.secret_access_key = "quite-wrong-secret";
  const Status wrong_secret = open("s3://bucket/x", settings);
  REQUIRE(!wrong_secret.ok());
  CHECK(wrong_secret.error().kind == ErrorKind::Invalid);
  CHECK(wrong_secret.error().what.find("SignatureDoesNotMatch") != std::string::npos);
  CHECK(wrong_secret.error().what.find("correct the credentials") != std::string::npos);
  CHECK(wrong_secret.error().what.find("quite-wrong") == std::string::npos);

  settings.access_key_id = "unknown";
  const Status unknown = open("s3://bucket/x", settings);
  REQUIRE(!unknown.ok());
  CHECK(unknown.error().kind == ErrorKind::Invalid);
}

TEST_CASE("s3: a certificate that nobody vouches for is refused", "[s3]") {
  S3Server server(true);
  Settings settings = server.settings();
  const Status unknown = open("s3://bucket/x", settings);
  REQUIRE(!unknown.ok());
  CHECK(unknown.error().kind == ErrorKind::Invalid);
  CHECK(unknown.error().what.find("ca_file") != std::string::npos);
  settings.ca_file = server.certificate();
  const Status known = open("s3://bucket/x", settings);
  INFO((known.ok() ? "" : known.error().what));
  CHECK(known.ok());
  settings.ca_file = "/nowhere";
  CHECK(open("s3://bucket/x", settings).error().kind == ErrorKind::Invalid);
}

TEST_CASE("s3: nobody there is no reason to give up", "[s3]") {
  Settings settings;
  settings.access_key_id = "a";
  settings.secret_access_key = "b";
  settings.endpoint = "http://127.0.0.1:1";
  const Status refused = open("s3://bucket/x", settings);
  REQUIRE(!refused.ok());
  CHECK(refused.error().kind == ErrorKind::Transient);
}

TEST_CASE("s3: refusals by their code, or by their status where there is none", "[s3]") {
  const auto kind = [](long status, const std::string& code) {
    return error_of(refusal(status, code), "x").kind;
  };
  CHECK(kind(503, "SlowDown") == ErrorKind::Transient);
  CHECK(kind(500, "InternalError") == ErrorKind::Transient);
  CHECK(kind(400, "RequestTimeout") == ErrorKind::Transient);
  CHECK(kind(400, "ExpiredToken") == ErrorKind::Transient);
  CHECK(kind(403, "RequestTimeTooSkewed") == ErrorKind::Transient);
  CHECK(kind(409, "OperationAborted") == ErrorKind::Transient);
  CHECK(kind(429, "") == ErrorKind::Transient);
  CHECK(kind(504, "") == ErrorKind::Transient);
  CHECK(kind(400, "BadDigest") == ErrorKind::Corrupt);
  CHECK(kind(403, "AccessDenied") == ErrorKind::Invalid);
  CHECK(kind(403, "") == ErrorKind::Invalid);
  CHECK(kind(403, "InvalidAccessKeyId") == ErrorKind::Invalid);
  CHECK(kind(404, "NoSuchBucket") == ErrorKind::Invalid);
  CHECK(kind(400, "SomethingNew") == ErrorKind::Invalid);
  CHECK(error_of(refusal(403, "RequestTimeTooSkewed"), "x").what.find("clock") !=
        std::string::npos);
  CHECK(error_of(refusal(403, ""), "x").what.find("s3:ListBucket") != std::string::npos);
  const Response malformed{
      400,
      {},
      "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>"};
  CHECK(error_of(malformed, "x").what.find("eu-west-1") != std::string::npos);
  Response elsewhere = refusal(301, "PermanentRedirect");
  elsewhere.headers["x-amz-bucket-region"] = "eu-west-3";
  CHECK(error_of(elsewhere, "x").what.find("eu-west-3") != std::string::npos);
}

// The server of the other tests cannot go on within a list of uploads.
TEST_CASE("s3: a list of uploads is read to its end", "[s3]") {
  std::vector<std::string> targets;
  HttpServer server([&](const HttpRequest& request) {
    targets.push_back(request.target);
    const bool is_first = targets.size() == 1;
    return http_reply(
        200, std::string("<ListMultipartUploadsResult><Bucket>bucket</Bucket><IsTruncated>") +
                 (is_first ? "true" : "false") +
                 "</IsTruncated><NextKeyMarker>a &amp; b</NextKeyMarker>"
                 "<NextUploadIdMarker>X+1</NextUploadIdMarker><Upload><Key>a &amp; b</Key>"
                 "<UploadId>" +
                 (is_first ? "X+1" : "X2") + "</UploadId></Upload></ListMultipartUploadsResult>");
  });
  Requests requests(server);
  const auto uploads = requests.bucket.uploads("a");
  REQUIRE(uploads.ok());
  REQUIRE(uploads.value().size() == 2);
  CHECK(uploads.value()[0].key == "a & b");
  CHECK(uploads.value()[1].id == "X2");
  // In the order in which S3 signs them.
  CHECK(targets == std::vector<std::string>{
                       "/bucket?prefix=a&uploads=",
                       "/bucket?key-marker=a%20%26%20b&prefix=a&upload-id-marker=X%2B1&uploads="});
}

TEST_CASE("s3: an answer of 200 may still refuse, or be no answer", "[s3]") {
  std::string body;
  HttpServer server([&](const HttpRequest&) { return http_reply(200, body); });
  Requests requests(server);
  const auto kind = [&](const std::string& text) {
    body = text;
    const auto done = requests.bucket.complete({"a", "id"}, {{1, "e", 1, ""}}, true);
    return done.ok() ? std::string("done") : name_of(done.error().kind);
  };
  // Blanks come while S3 thinks.
  CHECK(kind("   \n<?xml version=\"1.0\"?>\n\n <CompleteMultipartUploadResult/>") == "done");
  CHECK(kind("<?xml version=\"1.0\"?>  <Error><Code>InternalError</Code></Error>") == "transient");
  CHECK(kind("<Error><Code>AccessDenied</Code></Error>") == "invalid");
  CHECK(kind("<Error><Code>NoSuchUpload</Code></Error>") == "done");
  CHECK(kind("<html>login</html>") == "corrupt");
  CHECK(kind("<CompleteMultipartUploadResult><Locat") == "transient");
  CHECK(kind("") == "transient");
}

TEST_CASE("s3: only plain documents are read", "[s3]") {
  const auto read =
      parse_xml("<?xml version=\"1.0\"?><a xmlns=\"u\"><b>1 &lt; 2</b><b/><c>x</c></a>");
  REQUIRE(read.ok());
  CHECK(read.value().name == "a");
  CHECK(read.value().value("b") == "1 < 2");
  CHECK(read.value().value("c") == "x");
  CHECK(read.value().children.size() == 3);
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  for (const std::string& text :
       {std::string(), std::string("<a>"), std::string("<a></b>"), std::string("{}"), deep,
        std::string("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>")}) {
    CHECK_FALSE(parse_xml(text).ok());
  }
}
