// Goal: a token is asked for as OAuth 2.0 says, whatever the server does is an error that says what
// to do, and no error has anything secret in it.

#include "connectors/kafka/token_server.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "connectors/kafka/make.h"
#include "tests/support/http_server.h"
#include "tests/support/temp_dir.h"

using namespace slotcast;
using namespace slotcast::kafka;
using slotcast::test::http_reply;
using slotcast::test::HttpReply;
using slotcast::test::HttpRequest;
using slotcast::test::HttpServer;

namespace {

const std::atomic<bool> kGoesOn = false;

SaslOptions options_for(const std::string& url) {
  SaslOptions sasl;
  sasl.mechanism = "OAUTHBEARER";
  sasl.token_url = url;
  sasl.client_id = "s6BhdRkqt3";
  sasl.client_secret = "gX1fBat3bV";
  return sasl;
}

Result<Token> fetch(const SaslOptions& sasl, Duration timeout = std::chrono::seconds(30)) {
  return TokenServer(sasl, timeout).fetch(kGoesOn);
}

Error error_of(const SaslOptions& sasl, Duration timeout = std::chrono::seconds(30)) {
  const auto token = fetch(sasl, timeout);
  REQUIRE(!token.ok());
  INFO(token.error().what);
  CHECK(token.error().what.find("gX1fBat3bV") == std::string::npos);
  return token.error();
}

// "key: what" of the first mistake; empty when nothing is wrong.
std::string mistake_of(const SaslOptions& sasl) {
  Options options;
  options.brokers = {"localhost:9092"};
  options.sasl = sasl;
  const auto mistakes = kafka::check(options);
  return mistakes.empty() ? "" : mistakes[0].second.what;
}

}  // namespace

TEST_CASE("kafka token server: it is asked as RFC 6749 has it", "[kafka][oauth]") {
  HttpRequest seen;
  const HttpServer server([&](const HttpRequest& request) {
    seen = request;
    return http_reply(200, R"({"access_token":"one","token_type":"bearer","expires_in":60})");
  });
  SaslOptions sasl = options_for(server.url() + "/realms/a/token?tenant=x");
  const auto token = fetch(sasl);
  REQUIRE(token.ok());
  CHECK(token.value().value == "one");
  CHECK(token.value().principal == "s6BhdRkqt3");
  CHECK(seen.method == "POST");
  CHECK(seen.target == "/realms/a/token?tenant=x");
  CHECK(seen.header("content-type") == "application/x-www-form-urlencoded");
  CHECK(seen.header("authorization") == "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW");
  CHECK(seen.body == "grant_type=client_credentials");

  // By Python's quote() and b64encode().
  sasl.client_id = "a:b";
  sasl.client_secret = "c d/é+%";
  sasl.scope = "kafka.write offline/x";
  REQUIRE(fetch(sasl).ok());
  CHECK(seen.header("authorization") == "Basic YSUzQWI6YyUyMGQlMkYlQzMlQTklMkIlMjU=");
  CHECK(seen.body == "grant_type=client_credentials&scope=kafka.write%20offline%2Fx");
}

TEST_CASE("kafka token server: what it answers decides whether to ask again", "[kafka][oauth]") {
  HttpReply reply;
  const HttpServer server([&](const HttpRequest&) { return reply; });
  const SaslOptions sasl = options_for(server.url() + "/token?key=canary");
  const std::string name = "the token server " + server.url() + "/token: ";

  reply = http_reply(401, R"({"error":"invalid_client"})");
  CHECK(error_of(sasl).kind == ErrorKind::Invalid);
  CHECK(error_of(sasl).what == name +
                                   "answers 401 invalid_client; correct sasl.client_id and "
                                   "sasl.client_secret");
  // The secret is not sent to where a server points.
  reply = http_reply(302, "", "Location: " + server.url() + "/else\r\n");
  CHECK(error_of(sasl).what == name + "answers 302; correct sasl.token_url");
  reply = http_reply(503, "");
  CHECK(error_of(sasl).kind == ErrorKind::Transient);
  reply = http_reply(200, "<html>");
  CHECK(error_of(sasl).kind == ErrorKind::Corrupt);
  reply = http_reply(200, std::string(2 << 20, 'x'));
  CHECK(error_of(sasl).kind == ErrorKind::Corrupt);
  reply = {"HTTP/1.1 200 x\r\nContent-Length: 50\r\n\r\n{", HttpReply::Then::Reset};
  CHECK(error_of(sasl).kind == ErrorKind::Transient);
  reply = {"HTTP/1.1 200 x\r\nContent-Length: 50\r\n\r\n{", HttpReply::Then::Stall};
  CHECK(error_of(sasl, std::chrono::milliseconds(100)).kind == ErrorKind::Transient);
}

TEST_CASE("kafka token server: one that is not there, or not to be trusted", "[kafka][oauth]") {
  int port = 0;
  {
    const HttpServer gone([](const HttpRequest&) { return http_reply(200, ""); });
    port = gone.port();
  }
  const Error refused = error_of(options_for("http://127.0.0.1:" + std::to_string(port)));
  CHECK(refused.kind == ErrorKind::Transient);
  CHECK(refused.what.find("token_url is right") != std::string::npos);
  const Error nowhere = error_of(options_for("https://no-such-host.invalid/token"));
  CHECK(nowhere.kind == ErrorKind::Transient);

  const HttpServer plain([](const HttpRequest&) { return http_reply(200, ""); });
  const test::TempDir disk;
  SaslOptions sasl = options_for("https://127.0.0.1:" + std::to_string(plain.port()));
  sasl.token_ca_file = disk.path() + "/ca.pem";
  std::ofstream(sasl.token_ca_file) << "no certificate";
  const Error broken = error_of(sasl);
  CHECK(broken.kind == ErrorKind::Invalid);
  CHECK(broken.what.find("correct sasl.token_ca_file") != std::string::npos);
}

TEST_CASE("kafka token server: who waits for it may give up", "[kafka][oauth]") {
  std::atomic<bool> is_asked = false;
  const HttpServer server([&](const HttpRequest&) {
    is_asked = true;
    return HttpReply{"", HttpReply::Then::Stall};
  });
  std::atomic<bool> ends = false;
  Status given = invalid("not yet");
  std::thread waiting([&] {
    given = TokenServer(options_for(server.url()), std::chrono::hours(1)).fetch(ends).status();
  });
  while (!is_asked) std::this_thread::yield();
  ends = true;
  waiting.join();
  CHECK(given.error().kind == ErrorKind::Transient);
}

TEST_CASE("kafka token server: what cannot work is a mistake", "[kafka][oauth]") {
  CHECK(mistake_of(options_for("https://host/token")).empty());
  CHECK(mistake_of(options_for("")) == "sasl.token_url: is needed for OAUTHBEARER");
  for (const char* url :
       {"host/token", "ftp://host/", "https://", "https://host/a b", "http://h#x"}) {
    CHECK(mistake_of(options_for(url)) == "sasl.token_url: must be https://host[:port]/path");
  }
  const std::string mistake = mistake_of(options_for("https://me:canary@host/token"));
  CHECK(mistake.find("sasl.token_url: must not have a user") == 0);
  CHECK(mistake.find("canary") == std::string::npos);

  SaslOptions sasl = options_for("https://host/token");
  sasl.token_ca_file = "/no/such/file";
  CHECK(mistake_of(sasl).find("sasl.token_ca_file: ") == 0);
  sasl = options_for("https://host/token");
  sasl.password = "canary";
  CHECK(mistake_of(sasl) == "sasl.password: is not for OAUTHBEARER");
  sasl = {"PLAIN", "a", "b", "", "", "", "", "x"};
  CHECK(mistake_of(sasl) == "sasl.scope: is not for PLAIN");
}
