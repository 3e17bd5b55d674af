// Goal: schemas are numbered by a registry, and what it refuses is told by its kind and in its
// words, never with the password in it.
// Method: a server that answers as Confluent's reference says; one with a certificate of our own.
#include "connectors/kafka/registry.h"

#include <simdjson.h>

#include <catch2/catch.hpp>
#include <mutex>

#include "tests/support/http_server.h"
#include "tests/support/s3_server.h"

using namespace slotcast;
using kafka::Registry;
using kafka::RegistryOptions;
using test::http_reply;
using test::HttpReply;
using test::HttpRequest;
using test::HttpServer;

namespace {

// Answers once with that, and what it was asked.
struct Scene {
  HttpReply reply = http_reply(200, "{\"id\":7}");
  HttpRequest asked;
  int count = 0;
  HttpServer server{[this](const HttpRequest& request) {
    asked = request;
    ++count;
    return reply;
  }};

  RegistryOptions options() const {
    RegistryOptions options;
    options.url = server.url();
    return options;
  }
};

Error refused(Scene& scene, RegistryOptions options) {
  Registry registry(std::move(options));
  const auto id = registry.id_of("shop.t-value", "\"string\"");
  REQUIRE_FALSE(id.ok());
  CHECK(id.error().what.find("the schema registry at " + scene.server.url()) == 0);
  CHECK(id.error().what.find("subject shop.t-value") != std::string::npos);
  return id.error();
}

}  // namespace

TEST_CASE("registry: a schema is posted under its subject, and its number comes back",
          "[kafka][format]") {
  Scene scene;
  RegistryOptions options = scene.options();
  options.url += "/api/";
  options.username = "me";
  options.password = "se:cret";
  Registry registry(options);
  const std::string schema = R"({"type":"record","name":"a","doc":"\u00e9\n"})";
  REQUIRE(registry.id_of("first-key", schema).ok());
  const auto id = registry.id_of("a b/\u00e9-key", schema);
  REQUIRE(id.ok());
  CHECK(id.value() == 7);
  CHECK(scene.asked.method == "POST");
  CHECK(scene.asked.target == "/api/subjects/a%20b%2F%C3%A9-key/versions");
  CHECK(scene.asked.header("Content-Type") == "application/vnd.schemaregistry.v1+json");
  CHECK(scene.asked.header("Authorization") == "Basic bWU6c2U6Y3JldA==");
  simdjson::dom::parser parser;
  simdjson::dom::element body;
  REQUIRE(parser.parse(scene.asked.body).get(body) == simdjson::SUCCESS);
  CHECK(std::string_view(body["schema"]) == schema);
  CHECK(body.get_object().size() == 1);
  CHECK(scene.server.connections() == 1);
}

TEST_CASE("registry: what has a number needs no registry", "[kafka][format]") {
  Scene scene;
  Registry registry(scene.options());
  scene.reply = http_reply(503, "");
  REQUIRE_FALSE(registry.id_of("a", "\"int\"").ok());
  scene.reply = http_reply(200, "{\"id\":7}");
  REQUIRE(registry.id_of("a", "\"int\"").ok());
  scene.reply = http_reply(503, "");
  const auto id = registry.id_of("a", "\"int\"");
  REQUIRE(id.ok());
  CHECK(id.value() == 7);
  CHECK(scene.count == 2);
  // Others are others.
  CHECK_FALSE(registry.id_of("b", "\"int\"").ok());
  CHECK_FALSE(registry.id_of("a", "\"long\"").ok());
}

TEST_CASE("registry: without a user there are no credentials", "[kafka][format]") {
  Scene scene;
  Registry registry(scene.options());
  REQUIRE(registry.id_of("s", "\"int\"").ok());
  CHECK(scene.asked.header("Authorization").empty());
}

TEST_CASE("registry: what it refuses is told by its kind, with its words", "[kafka][format]") {
  struct Case {
    int status;
    ErrorKind kind;
    const char* words;
  };
  const Case cases[] = {{409, ErrorKind::Invalid, "compatibility"},
                        {422, ErrorKind::Invalid, "answers 422, error_code 42201: it says why"},
                        {401, ErrorKind::Invalid, "username and password"},
                        {403, ErrorKind::Invalid, "username and password"},
                        {404, ErrorKind::Invalid, "the registry's url"},
                        {302, ErrorKind::Invalid, "answers 302"},
                        {501, ErrorKind::Invalid, "answers 501"},
                        {408, ErrorKind::Transient, "answers 408"},
                        {429, ErrorKind::Transient, "answers 429"},
                        {500, ErrorKind::Transient, "answers 500, error_code 42201: it says why"},
                        {503, ErrorKind::Transient, "answers 503"}};
  Scene scene;
  RegistryOptions options = scene.options();
  options.username = "me";
  options.password = "quite-secret";
  for (const Case& one : cases) {
    CAPTURE(one.status);
    scene.reply = http_reply(one.status, "{\"error_code\":42201,\"message\":\"it says why\"}");
    const Error error = refused(scene, options);
    CHECK(error.kind == one.kind);
    CHECK(error.what.find(one.words) != std::string::npos);
    CHECK(error.what.find("it says why") != std::string::npos);
    CHECK(error.what.find("quite-secret") == std::string::npos);
  }
}

TEST_CASE("registry: an answer that is none, or no registry's, is told", "[kafka][format]") {
  Scene scene;
  for (const std::string body : {"", "<html>", "{\"id\":\"7\"}", "{\"id\":-1}", "{\"id\":1e12}"}) {
    scene.reply = http_reply(200, body);
    const Error error = refused(scene, scene.options());
    CHECK(error.kind == ErrorKind::Invalid);
    CHECK(error.what.find("it is no schema registry") != std::string::npos);
  }
  scene.reply = http_reply(503, "<html>");
  CHECK(refused(scene, scene.options()).kind == ErrorKind::Transient);
  scene.reply = {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", HttpReply::Then::Reset};
  CHECK(refused(scene, scene.options()).kind == ErrorKind::Transient);
  scene.reply = {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", HttpReply::Then::Stall};
  RegistryOptions hasty = scene.options();
  hasty.request_timeout = std::chrono::milliseconds(200);
  CHECK(refused(scene, hasty).kind == ErrorKind::Transient);
}

TEST_CASE("registry: nobody at the address is not the end", "[kafka][format]") {
  RegistryOptions options;
  {
    const Scene gone;
    options = gone.options();
  }
  Registry registry(options);
  const auto id = registry.id_of("s", "\"int\"");
  REQUIRE_FALSE(id.ok());
  CHECK(id.error().kind == ErrorKind::Transient);
}

TEST_CASE("registry: a certificate that nobody vouches for is refused", "[kafka][format]") {
  test::S3Server server(true);  // any program that speaks TLS
  RegistryOptions options;
  options.url = server.settings().endpoint;
  Registry without(options);
  const auto unknown = without.id_of("s", "\"int\"");
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.error().kind == ErrorKind::Invalid);
  CHECK(unknown.error().what.find("ca_file") != std::string::npos);
  options.ca_file = server.certificate();
  Registry with(options);
  const auto known = with.id_of("s", "\"int\"");
  REQUIRE_FALSE(known.ok());
  CHECK_THAT(known.error().what, Catch::Contains(" answers "));
  options.ca_file = "/nowhere.pem";
  Registry misled(options);
  const auto nowhere = misled.id_of("s", "\"int\"");
  REQUIRE_FALSE(nowhere.ok());
  CHECK(nowhere.error().kind == ErrorKind::Invalid);
}

TEST_CASE("registry: values that cannot be right are refused before anything is sent",
          "[kafka][format]") {
  RegistryOptions options;
  for (const char* url : {"", "registry:8081", "ftp://x", "http://", "https://h?x=1"}) {
    options.url = url;
    CHECK_FALSE(kafka::check(options).ok());
  }
  options.url = "https://me:quite-secret@h";
  const Status with_password = kafka::check(options);
  REQUIRE_FALSE(with_password.ok());
  CHECK(with_password.error().what.find("quite-secret") == std::string::npos);
  options.url = "http://registry:8081/ccompat/v7";
  CHECK(kafka::check(options).ok());
  options.password = "p";
  CHECK_FALSE(kafka::check(options).ok());
  options.username = "u";
  CHECK(kafka::check(options).ok());
}
