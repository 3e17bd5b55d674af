#include "connectors/kafka/trouble.h"

#include <openssl/x509_vfy.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace slotcast::kafka {
namespace {

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

// "sasl_ssl://kafka1:9093/bootstrap: it failed (after 3ms in state CONNECT)", or
// "TxnCoordinator: kafka1:9093: it failed"
struct Parts {
  std::string broker;  // "kafka1:9093"
  std::string_view what;
  std::string_view after;  // "3ms in state CONNECT)"
};

// Takes "word: " off, where there is no blank in the word.
std::string_view take_word(std::string_view& text) {
  const std::size_t end = text.find(": ");
  if (end == text.npos || text.find(' ') < end) return {};
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end + 2);
  return word;
}

Parts split(std::string_view reason) {
  Parts parts;
  constexpr std::string_view kAfter = " (after ";
  const std::size_t after = reason.rfind(kAfter);
  parts.what = reason.substr(0, after);
  if (after != reason.npos) parts.after = reason.substr(after + kAfter.size());
  const std::size_t scheme = parts.what.find("://");
  if (scheme < parts.what.find(' ')) parts.what.remove_prefix(scheme + 3);
  std::string_view broker = take_word(parts.what);
  if (broker.ends_with("Coordinator")) broker = take_word(parts.what);
  parts.broker = broker.substr(0, broker.find('/'));
  return parts;
}

// Who closes a connection sooner has something against it.
constexpr std::uint64_t kOfUseMs = 1000;

// Brokers close what is idle (connections.max.idle.ms), and what was opened with a token that has
// ended.
bool was_of_use(std::string_view after) {
  std::uint64_t ms = 0;
  const auto [end, error] = std::from_chars(after.data(), after.data() + after.size(), ms);
  if (error != std::errc() || ms < kOfUseMs) return false;
  const std::string_view rest(end, static_cast<std::size_t>(after.data() + after.size() - end));
  constexpr std::string_view kUp = "ms in state UP";
  return rest == std::string(kUp) + ")" || rest.starts_with(std::string(kUp) + ",");
}

struct Saying {
  std::string_view part;  // of what librdkafka says
  const char* meaning;
  bool is_lasting = false;
  bool is_of_settings = false;  // true only where no batch was delivered yet
};

constexpr const char* kClosed = "it closed the connection";
constexpr const char* kPassword = "it does not accept sasl.username and sasl.password";
constexpr const char* kToken =
    "it does not accept the token of sasl.token_url: does it trust who issues it, and is "
    "sasl.scope "
    "right?";
constexpr const char* kNoCertificate = "it wants a certificate of us: tls.certificate_file";
constexpr const char* kCertificate =
    "it does not accept our certificate: renew tls.certificate_file, or have the broker trust who "
    "signed it";

// The first that fits counts.
// Source: librdkafka 2.0.2, rdkafka_broker.c, rdkafka_ssl.c, rdkafka_sasl.c and rdkafka_request.c.
constexpr auto kSayings = std::to_array<Saying>({
    {"alert certificate required", kNoCertificate, true},
    {"alert bad certificate", kCertificate, true},
    {"alert certificate", kCertificate, true},
    {"alert unknown ca", kCertificate, true},
    {"SSL routines::unexpected eof",
     "it closes the connection when we begin with TLS: is the port one for TLS? Otherwise leave "
     "out "
     "tls",
     true, true},
    {"wrong version number",
     "it does not answer in TLS: is the port one for TLS? Otherwise leave out tls", true},
    {"connecting to a SSL listener",
     "it closes the connection when we ask it something: its port may be one for TLS, for which "
     "tls "
     "is needed",
     false, true},
    {"broker might require SASL",
     "it closes the connection when we ask it something: its port may be one for SASL, for which "
     "sasl is needed",
     false, true},
    {"not valid in current SASL state",
     "it asks for no SASL: is the port one for SASL? Otherwise leave out sasl", true},
    {"SASL authentication error", kPassword, true},
    {"Connection refused", "connection refused: is it running, and the port right?"},
    {"ApiVersionRequest failed: Local: Timed out", "it takes connections and does not answer"},
    {"timed out: disconnect", "it does not answer"},
    {"Disconnected", kClosed},
    {"Connection reset by peer", kClosed},
    {"unexpected eof", kClosed},
});

std::string first_words(std::string_view what) {
  const std::size_t end = what.find("verify that ");
  std::string text(what.substr(0, end));
  while (!text.empty() && (text.back() == ' ' || text.back() == ',')) text.pop_back();
  return text;
}

std::string meaning_of(std::string_view what, const Known& known, bool& is_lasting) {
  if (has(what, "certificate verify failed")) {
    is_lasting = true;
    const std::string why = known.certificate.empty() ? first_words(what) : known.certificate;
    return "its certificate is not accepted: " + why;
  }
  for (const Saying& saying : kSayings) {
    if (!has(what, saying.part) || (saying.is_of_settings && known.has_worked)) continue;
    is_lasting = is_lasting || saying.is_lasting;
    // Java says "bad certificate" of none, too.
    if (saying.meaning == kCertificate && !known.has_certificate) return kNoCertificate;
    constexpr std::string_view kServer = "SASL authentication error: ";
    const bool adds = what.substr(0, kServer.size()) == kServer;
    const bool is_token = saying.meaning == kPassword && known.has_tokens;
    return (is_token ? kToken : saying.meaning) +
           (adds ? " (" + std::string(what.substr(kServer.size())) + ")" : "");
  }
  return std::string(what);
}

}  // namespace

Trouble explain(rd_kafka_resp_err_t code, std::string_view reason, const Known& known) {
  const Parts parts = split(reason);
  Trouble trouble;
  trouble.is_lasting = code == RD_KAFKA_RESP_ERR__AUTHENTICATION ||
                       code == RD_KAFKA_RESP_ERR__SSL || code == RD_KAFKA_RESP_ERR__RESOLVE;
  trouble.about = parts.broker;
  Known all = known;
  all.has_worked |= was_of_use(parts.after);
  trouble.what = meaning_of(parts.what, all, trouble.is_lasting);
  trouble.is_passing = trouble.what == kClosed && was_of_use(parts.after);
  if (!parts.broker.empty()) trouble.what = "broker " + parts.broker + ": " + trouble.what;
  return trouble;
}

std::optional<Trouble> explain_line(std::string_view facility, std::string_view line) {
  if (facility != "ADDPARTS") return std::nullopt;
  // [thrd:main]: TxnCoordinator/1: Failed to add partition "orders" [0] to transaction: why
  constexpr std::string_view kTopic = "add partition \"";
  constexpr std::string_view kWhy = "to transaction: ";
  const std::size_t topic = line.find(kTopic);
  const std::size_t why = line.find(kWhy);
  if (topic == line.npos || why == line.npos) return std::nullopt;
  std::string_view name = line.substr(topic + kTopic.size());
  name = name.substr(0, name.find('"'));
  const std::string_view what = line.substr(why + kWhy.size());
  // What follows from another one; and of a fence its own result tells.
  if (has(what, "not attempted") || has(what, "epoch") || has(what, "fenced")) return std::nullopt;
  const bool is_right = has(what, "authorization failed");
  const std::string said =
      is_right ? explain_delivery(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) : std::string(what);
  return Trouble{std::string(name), "topic " + std::string(name) + ": " + said, is_right};
}

std::string reason_of_line(std::string_view facility, std::string_view line) {
  // [thrd:main]: Current transaction failed in state InTransaction: why (CODE, requires epoch bump)
  constexpr std::string_view kBegin = "transaction failed in state ";
  const std::size_t begin = line.find(kBegin);
  if (facility != "TXNERR" || begin == line.npos) return {};
  std::string_view reason = line.substr(begin + kBegin.size());
  const std::size_t state = reason.find(": ");
  if (state != reason.npos) reason.remove_prefix(state + 2);
  return std::string(reason.substr(0, reason.rfind(" (")));
}

std::string explain_certificate(int x509_error) {
  const std::string text = X509_verify_cert_error_string(x509_error);
  switch (x509_error) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return text + ": tls.ca_file has to hold the authority that signed it";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return text + ": it is for other names than the one that brokers has";
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return text + ": it has to be renewed at the broker";
    default:
      return text;
  }
}

std::string explain_delivery(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      return "we may not write to it: grant Write on it";
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return "we may not write idempotently: grant Write on the topics, or IdempotentWrite on the "
             "cluster";
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
      return "we may not use it: grant Write on the transactional id";
    case RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT:
      return "transaction_timeout is above the brokers' transaction.max.timeout.ms";
    case RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER:
      return "a broker refused messages for a moment and took those behind them: all of the batch "
             "is sent again";
    default:
      return rd_kafka_err2str(code);
  }
}

bool is_vague(rd_kafka_resp_err_t code) {
  constexpr auto kVague = std::to_array({
      RD_KAFKA_RESP_ERR__STATE,
      RD_KAFKA_RESP_ERR__FATAL,
      RD_KAFKA_RESP_ERR__TRANSPORT,
      RD_KAFKA_RESP_ERR__TIMED_OUT,
      RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE,
      RD_KAFKA_RESP_ERR__MSG_TIMED_OUT,
      RD_KAFKA_RESP_ERR__PURGE_QUEUE,
      RD_KAFKA_RESP_ERR__PURGE_INFLIGHT,
      RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN,
      RD_KAFKA_RESP_ERR__INCONSISTENT,
  });
  return std::find(kVague.begin(), kVague.end(), code) != kVague.end();
}

}  // namespace slotcast::kafka
