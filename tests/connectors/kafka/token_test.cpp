// Goal: what a token server answers becomes a token with an end, or says what is wrong, and no
// error has anything secret in it. Method: the examples of the RFCs, and tokens whose payloads
// Python encoded.

#include "connectors/kafka/token.h"

#include <catch2/catch.hpp>

using namespace slotcast;
using namespace slotcast::kafka;

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Of RFC 7519, 3.1: {"iss":"joe", "exp":1300819380, …}, signed with a key of its own.
constexpr const char* kJoe =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
    "fQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
// {"sub": "svc-ü?", "exp": 1300819380.5}
constexpr const char* kService =
    "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ."
    "eyJzdWIiOiAic3ZjLcO8PyIsICJleHAiOiAxMzAwODE5MzgwLjV9.c2lnbmF0dXJl";
// {"sub": "~~~???>>>", "exp": "1300819380"}: has - and _ in its Base64.
constexpr const char* kMarks =
    "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ."
    "eyJzdWIiOiAifn5-Pz8_Pj4-IiwgImV4cCI6ICIxMzAwODE5MzgwIn0.c2lnbmF0dXJl";
const WallTime kEnd{seconds(1300819380)};
const WallTime kNow = kEnd - seconds(100);

std::string answer(const std::string& token, const std::string& more) {
  return R"({"access_token":")" + token + R"(","token_type":"Bearer")" + more + "}";
}

Token token_of(const std::string& text) {
  auto token = parse_token(text, "our-client", kNow);
  INFO(text << (token.ok() ? "" : token.error().what));
  REQUIRE(token.ok());
  return std::move(token).value();
}

Error error_of(const std::string& text) {
  const auto token = parse_token(text, "our-client", kNow);
  INFO(text);
  REQUIRE(!token.ok());
  return token.error();
}

}  // namespace

TEST_CASE("kafka token: a token lasts as long as it says itself", "[kafka][oauth]") {
  const Token joe = token_of(answer(kJoe, ""));
  CHECK(joe.value == kJoe);
  CHECK(joe.ends_at == kEnd);
  CHECK(joe.principal == "our-client");  // RFC 7519's has no sub
  const Token service = token_of(answer(kService, ""));
  CHECK(service.principal == "svc-ü?");
  CHECK(service.ends_at == kEnd + milliseconds(500));
  const Token marks = token_of(answer(kMarks, ""));
  CHECK(marks.principal == "~~~\?\?\?>>>");
  CHECK(marks.ends_at == kEnd);
}

TEST_CASE("kafka token: or as long as the answer says, whichever is less", "[kafka][oauth]") {
  // Of RFC 6749, 4.4.3, but for the type.
  const Token opaque = token_of(answer("2YotnFZFEjr1zCsicMWpAA", R"(,"expires_in":3600)"));
  CHECK(opaque.value == "2YotnFZFEjr1zCsicMWpAA");
  CHECK(opaque.principal == "our-client");
  CHECK(opaque.ends_at == kNow + seconds(3600));
  CHECK(token_of(answer("x", R"(,"expires_in":"3599")")).ends_at == kNow + seconds(3599));
  CHECK(token_of(answer(kJoe, R"(,"expires_in":60)")).ends_at == kNow + seconds(60));
  CHECK(token_of(answer(kJoe, R"(,"expires_in":600)")).ends_at == kEnd);
  // No word of it: for minutes, so that it is asked for again before long.
  CHECK(token_of(answer("x", "")).ends_at == kNow + seconds(300));
  // Not for longer than a clock can say.
  CHECK(token_of(answer("x", R"(,"expires_in":1e300)")).ends_at > kNow + seconds(3600));
}

TEST_CASE("kafka token: a clock that is ahead does not end a token", "[kafka][oauth]") {
  const WallTime ahead = kEnd + seconds(1000);
  const auto token = parse_token(answer(kJoe, R"(,"expires_in":60)"), "c", ahead);
  REQUIRE(token.ok());
  CHECK(token.value().ends_at == ahead + seconds(60));
  const auto ended = parse_token(answer(kJoe, ""), "c", ahead);
  REQUIRE(!ended.ok());
  CHECK(ended.error().kind == ErrorKind::Transient);
  CHECK(ended.error().what.find("NTP") != std::string::npos);
  CHECK(error_of(answer("x", R"(,"expires_in":0)")).kind == ErrorKind::Transient);
}

TEST_CASE("kafka token: what is no such answer is said, and not repeated", "[kafka][oauth]") {
  const std::pair<std::string, const char*> wrong[] = {
      {"", "something else than JSON"},
      {"<html>canary</html>", "something else than JSON"},
      {R"({"access_token":"canary)", "something else than JSON"},
      {R"(["canary"])", "without an access_token"},
      {R"({"access_token":12,"token":"canary"})", "without an access_token"},
      {R"({"access_token":""})", "without an access_token"},
      {R"({"access_token":"canary","token_type":"mac"})", "no Bearer token"},
      // What ends a field of SASL's message.
      {"{\"access_token\":\"canary\\u0001x\"}", "no Bearer token"},
      {R"({"access_token":"canary x"})", "no Bearer token"},
  };
  for (const auto& [text, said] : wrong) {
    const Error error = error_of(text);
    CHECK(error.kind == ErrorKind::Corrupt);
    CHECK(error.what.find(said) != std::string::npos);
    CHECK(error.what.find("canary") == std::string::npos);
  }
  // A payload that only brokers can read.
  for (const char* token : {"a.b!.c", "a.bm8ganNvbg.c", "..", "a.b"}) {
    CHECK(token_of(answer(token, R"(,"expires_in":60)")).ends_at == kNow + seconds(60));
  }
  CHECK(token_of(R"({"access_token":"x"})").value == "x");
  CHECK(token_of(R"({"access_token":"x","token_type":"BEARER"})").value == "x");
}

TEST_CASE("kafka token: a refusal says what to do", "[kafka][oauth]") {
  const std::string unknown = R"({"error":"invalid_client","error_description":"no such"})";
  const Error client = refusal_of(401, unknown, "canary");
  CHECK(client.kind == ErrorKind::Invalid);
  CHECK(client.what ==
        "answers 401 invalid_client (no such); correct sasl.client_id and sasl.client_secret");
  CHECK(refusal_of(401, "<html>", "canary").what ==
        "answers 401; correct sasl.client_id and sasl.client_secret");
  CHECK(refusal_of(400, R"({"error":"invalid_scope"})", "").what ==
        "answers 400 invalid_scope; correct sasl.scope");
  CHECK(refusal_of(400, R"({"error":"unauthorized_client"})", "").what.find("the grant") !=
        std::string::npos);
  CHECK(refusal_of(404, "", "").what == "answers 404; correct sasl.token_url");
  CHECK(refusal_of(302, "", "").kind == ErrorKind::Invalid);
  for (const long status : {408L, 429L, 500L, 502L, 503L}) {
    CHECK(refusal_of(status, "", "").kind == ErrorKind::Transient);
  }
}

TEST_CASE("kafka token: a server that repeats the secret is not repeated", "[kafka][oauth]") {
  const std::string early =
      R"({"error":"invalid_client","error_description":"got the secret canary"})";
  CHECK(refusal_of(401, early, "canary").what.find("canary") == std::string::npos);
  CHECK(refusal_of(401, R"({"error":"canary"})", "canary").what.find("canary") ==
        std::string::npos);
  const std::string late = R"({"error":")" + std::string(295, 'x') + "canary" + R"("})";
  CHECK(refusal_of(401, late, "canary").what.find("xcan") == std::string::npos);
}
