// Goal: what librdkafka says about a connection becomes a phrase that names the broker and what to
// do, without its own settings' names. Method: what librdkafka 2.0.2 said to us, word by word;
// tests/system/kafka_security.py has it say so.

#include "connectors/kafka/trouble.h"

#include <catch2/catch.hpp>

#include "connectors/kafka/troubles.h"
#include "tests/support/standard_error.h"

namespace slotcast::test {
namespace {

using kafka::explain;
using kafka::explain_line;

constexpr auto kTransport = RD_KAFKA_RESP_ERR__TRANSPORT;
constexpr auto kSsl = RD_KAFKA_RESP_ERR__SSL;
constexpr auto kAuthentication = RD_KAFKA_RESP_ERR__AUTHENTICATION;

bool says(const kafka::Trouble& trouble, const std::string& text) {
  INFO(trouble.what);
  const bool found = trouble.what.find(text) != std::string::npos;
  CHECK(found);
  return found;
}

}  // namespace

TEST_CASE("kafka trouble: a broker is named as the configuration names it", "[kafka]") {
  const auto refused = explain(
      kTransport,
      "127.0.0.1:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused (after "
      "0ms in state CONNECT, 1 identical error(s) suppressed)");
  CHECK(refused.about == "127.0.0.1:1");
  CHECK(refused.what ==
        "broker 127.0.0.1:1: connection refused: is it running, and the port right?");
  CHECK_FALSE(refused.is_lasting);
  const auto coordinator =
      explain(kTransport,
              "TxnCoordinator: 127.0.0.1:3: Connect to ipv4#127.0.0.1:3 failed: "
              "Connection refused (after 0ms in state CONNECT)");
  CHECK(coordinator.about == "127.0.0.1:3");
  const auto secure = explain(kSsl, "ssl://kafka1:9093/bootstrap: SSL handshake failed: odd");
  CHECK(secure.what == "broker kafka1:9093: SSL handshake failed: odd");
  CHECK(explain(kTransport, "no broker in this").what == "no broker in this");
}

TEST_CASE("kafka trouble: certificates and passwords are told apart, and will last", "[kafka]") {
  const std::string verify =
      "ssl://127.0.0.1:9093/bootstrap: SSL handshake failed: error:0A000086:SSL "
      "routines::certificate verify failed: broker certificate could not be verified, verify that "
      "ssl.ca.location is correctly configured or root CA certificates are installed (install "
      "ca-certificates package) (after 51ms in state SSL_HANDSHAKE)";
  const auto unknown = explain(kSsl, verify);
  CHECK(unknown.what.find("ssl.ca.location") == std::string::npos);
  CHECK(unknown.is_lasting);
  const auto expired = explain(kSsl, verify, {kafka::explain_certificate(10), false});
  CHECK(expired.what ==
        "broker 127.0.0.1:9093: its certificate is not accepted: certificate has expired: it has "
        "to be renewed at the broker");
  const auto ours = explain(
      kTransport,
      "ssl://127.0.0.1:9093/bootstrap: Receive failed: error:0A000416:SSL routines::sslv3 alert "
      "certificate unknown: SSL alert number 46 (after 17ms in state APIVERSION_QUERY)");
  CHECK(says(ours, "does not accept our certificate"));
  CHECK(ours.is_lasting);
  const auto none = explain(kTransport,
                            "ssl://127.0.0.1:9093/1: Receive failed: error:0A000412:SSL "
                            "routines::sslv3 alert bad certificate: SSL alert number 42 (after "
                            "40ms in state APIVERSION_QUERY)",
                            {{}, true, /*has_certificate=*/false});
  CHECK(says(none, "it wants a certificate of us: tls.certificate_file"));
  CHECK(none.is_lasting);
  const auto password =
      explain(kAuthentication,
              "sasl_plaintext://127.0.0.1:2/bootstrap: SASL authentication error: Authentication "
              "failed: Invalid username or password (after 306ms in state AUTH_REQ)");
  CHECK(says(password, "sasl.username and sasl.password (Authentication failed: Invalid"));
  CHECK(password.is_lasting);
  const auto token = explain(kAuthentication,
                             "sasl_plaintext://127.0.0.1:2/1: SASL authentication error: "
                             "{\"status\":\"invalid_token\"} (after 306ms in state AUTH_REQ)",
                             {{}, false, true, /*has_tokens=*/true});
  CHECK(says(token, "the token of sasl.token_url"));
  CHECK(says(token, "invalid_token"));
  CHECK(token.what.find("sasl.username") == token.what.npos);
  CHECK(token.is_lasting);
}

TEST_CASE("kafka trouble: settings are doubted only until they worked once", "[kafka]") {
  const std::string closed =
      "127.0.0.1:2/bootstrap: Disconnected while requesting ApiVersion: might be caused by "
      "incorrect security.protocol configuration (connecting to a SSL listener?) or broker version "
      "is < 0.10 (see api.version.request) (after 5ms in state APIVERSION_QUERY)";
  CHECK(says(explain(kTransport, closed), "for which tls is needed"));
  CHECK(explain(kTransport, closed, {{}, true}).what ==
        "broker 127.0.0.1:2: it closed the connection");
}

TEST_CASE("kafka trouble: a connection that was of use may be closed", "[kafka]") {
  const auto passes = [](const std::string& reason) {
    return explain(kTransport, "sasl_ssl://kafka1:9093/1: " + reason).is_passing;
  };
  CHECK(passes("Disconnected (after 600142ms in state UP)"));
  CHECK(passes("Disconnected (after 60042ms in state UP, 1 identical error(s) suppressed)"));
  const std::string eof =
      "Receive failed: error:0A000126:SSL routines::unexpected eof while reading ";
  CHECK(passes(eof + "(after 600001ms in state UP)"));
  CHECK_FALSE(passes(eof + "(after 600001ms in state SSL_HANDSHAKE)"));
  CHECK_FALSE(passes("Disconnected (after 20ms in state UP)"));
  CHECK_FALSE(passes("Disconnected (after 60042ms in state APIVERSION_QUERY)"));
  CHECK_FALSE(passes("Disconnected (after 60042ms in state UPDATE)"));
  CHECK_FALSE(passes("Disconnected"));
  CHECK_FALSE(
      passes("Connect to ipv4#127.0.0.1:1 failed: Connection refused (after 3000ms in state "
             "UP)"));
}

TEST_CASE("kafka trouble: what passes is said only of what fails then", "[kafka]") {
  kafka::Troubles troubles("sink events");
  const kafka::Trouble closed{"a:1", "broker a:1: it closed the connection", false, true};
  CHECK(said_by([&] { troubles.note(closed); }).empty());
  CHECK(troubles.take() == closed.what);
  CHECK(said_by([&] { troubles.note(closed); }).empty());
  const std::string line = said_by([&] { troubles.note({"a:1", "broker a:1: refused", false}); });
  CHECK(line.ends_with("sink events: broker a:1: refused\n"));
  CHECK(troubles.take() == "broker a:1: refused");
}

TEST_CASE("kafka trouble: of a topic that may not be written to its name is told", "[kafka]") {
  const auto forbidden =
      explain_line("ADDPARTS",
                   "[thrd:main]: TxnCoordinator/1: Failed to add partition \"sales.orders\" [0] to "
                   "transaction: Broker: Topic authorization failed");
  REQUIRE(forbidden.has_value());
  CHECK(forbidden->what == "topic sales.orders: we may not write to it: grant Write on it");
  CHECK_FALSE(explain_line("ADDPARTS",
                           "[thrd:main]: TxnCoordinator/1: Failed to add partition \"p\" [0] to "
                           "transaction: Broker: Operation not attempted")
                  .has_value());
  CHECK_FALSE(explain_line("FAIL", "[thrd:main]: anything").has_value());
  CHECK(kafka::reason_of_line("TXNERR",
                              "[thrd:main]: Current transaction failed in state InTransaction: 1 "
                              "message(s) timed out on t [0] (_TIMED_OUT, requires epoch bump)") ==
        "1 message(s) timed out on t [0]");
  CHECK(kafka::reason_of_line("FAIL", "transaction failed in state X: y").empty());
}

TEST_CASE("kafka trouble: the newest of each broker counts, until all is well", "[kafka]") {
  kafka::Troubles troubles("");
  const SteadyTime begin = std::chrono::steady_clock::now();
  troubles.note({"a:1", "broker a:1: first", false});
  troubles.note({"a:1", "broker a:1: second", false});
  troubles.note({"b:1", "broker b:1: third", false});
  CHECK_FALSE(troubles.lasting_since(begin).has_value());
  CHECK(troubles.take() == "broker a:1: second; broker b:1: third");
  CHECK(troubles.take().empty());
  troubles.note({"a:1", "broker a:1: a wrong password", true});
  CHECK(troubles.lasting_since(begin).has_value());
  CHECK_FALSE(troubles.lasting_since(std::chrono::steady_clock::now()).has_value());
  CHECK_FALSE(troubles.were_cleared());
  troubles.clear();
  CHECK(troubles.take().empty());
  CHECK(troubles.were_cleared());
}

}  // namespace slotcast::test
