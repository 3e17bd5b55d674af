#include "connectors/kafka/client.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "connectors/kafka/oauth.h"
#include "lib/io/posix.h"

namespace slotcast::kafka {
namespace {

struct Refused {
  std::string_view name;  // a prefix where it ends with '.' or '_'
  const char* why;
};

constexpr std::size_t kPemBytesMax = 16 << 20;

constexpr const char* kPromise = "would break exactly once, or the order";
constexpr const char* kOwn = "is what slotcast itself sets";

constexpr auto kRefused = std::to_array<Refused>({
    {"transactional.id", "has a setting of its own: transactional_id"},
    {"transaction.timeout.ms", "has a setting of its own: transaction_timeout"},
    {"bootstrap.servers", "has a setting of its own: brokers"},
    {"metadata.broker.list", "has a setting of its own: brokers"},
    {"compression.codec", "has a setting of its own: compression"},
    {"compression.type", "has a setting of its own: compression"},
    {"queue.buffering.max.kbytes", "has a setting of its own: buffer_size"},
    {"partitioner", "has a setting of its own: partition"},
    {"sticky.partitioning.linger.ms", kPromise},
    {"partitioner_cb", "has a setting of its own: partition"},
    {"ssl.ca.location", "has a setting of its own: tls.ca_file"},
    {"ssl.certificate.location", "has a setting of its own: tls.certificate_file"},
    {"ssl.key.location", "has a setting of its own: tls.key_file"},
    {"ssl.key.password", "is a secret: tls.key_password"},
    {"ssl.keystore.password", "is a secret: use tls.key_file"},
    {"ssl.keystore.location", "has a setting of its own: tls.certificate_file"},
    {"ssl.key.pem", "is a secret: use tls.key_file"},
    {"ssl_key", "is a secret: use tls.key_file"},
    {"ssl.certificate.pem", "has a setting of its own: tls.certificate_file"},
    {"ssl_certificate", "has a setting of its own: tls.certificate_file"},
    {"ssl.ca.pem", "has a setting of its own: tls.ca_file"},
    {"ssl_ca", "has a setting of its own: tls.ca_file"},
    {"ssl.engine.location", "would load foreign code"},
    {"sasl.kerberos.", "is for a mechanism that there is not"},
    {"security.protocol", "follows from tls and sasl"},
    {"sasl.mechanism", "has a setting of its own: sasl.mechanism"},
    {"sasl.mechanisms", "has a setting of its own: sasl.mechanism"},
    {"sasl.username", "has a setting of its own: sasl.username"},
    {"sasl.password", "is a secret: sasl.password"},
    {"sasl.oauthbearer.config", "is a secret: use sasl.client_secret"},
    {"sasl.oauthbearer.client.id", "has a setting of its own: sasl.client_id"},
    {"sasl.oauthbearer.client.secret", "is a secret: sasl.client_secret"},
    {"sasl.oauthbearer.token.endpoint.url", "has a setting of its own: sasl.token_url"},
    {"sasl.oauthbearer.scope", "has a setting of its own: sasl.scope"},
    {"sasl.oauthbearer.", "would do nothing: librdkafka fetches no tokens here"},
    {"enable.sasl.oauthbearer.unsecure.jwt", "is for tests: tokens come from sasl.token_url"},
    {"enable.idempotence", kPromise},
    {"enable.gapless.guarantee", kPromise},
    {"acks", kPromise},
    {"request.required.acks", kPromise},
    {"max.in.flight", kPromise},
    {"max.in.flight.requests.per.connection", kPromise},
    {"retries", kPromise},
    {"message.send.max.retries", kPromise},
    {"message.timeout.ms", kPromise},
    {"delivery.timeout.ms", kPromise},
    {"queuing.strategy", kPromise},
    {"isolation.level", kPromise},
    {"allow.auto.create.topics", "has a setting of its own: topics.create"},
    {"message.max.bytes", "is not needed: the topics' own max.message.bytes count"},
    {"enable.partition.eof", kOwn},
    {"enable.auto.commit", kOwn},
    {"enable.auto.offset.store", kOwn},
    {"auto.offset.reset", kOwn},
    {"group.id", kOwn},
    {"delivery.report.only.error", kOwn},
    {"statistics.interval.ms", kOwn},
    {"plugin.", "would load foreign code"},
    {"test.", "is for librdkafka's own tests"},
});

bool fits(const Refused& refused, std::string_view name) {
  if (refused.name.back() == '.') return name.substr(0, refused.name.size()) == refused.name;
  return name == refused.name;
}

const char* why_refused(std::string_view name) {
  const auto* found = std::find_if(kRefused.begin(), kRefused.end(),
                                   [&](const Refused& each) { return fits(each, name); });
  return found == kRefused.end() ? nullptr : found->why;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ",") + text;
  return all;
}

void set_if(Conf& conf, const char* key, const std::string& value) {
  if (!value.empty()) conf.set(key, value);
}

void set_tls(Conf& conf, const TlsOptions& tls) {
  set_if(conf, "ssl.ca.location", tls.ca_file);
  set_if(conf, "ssl.certificate.location", tls.certificate_file);
  set_if(conf, "ssl.key.location", tls.key_file);
  set_if(conf, "ssl.key.password", tls.key_password);
}

void set_sasl(Conf& conf, const SaslOptions& sasl) {
  if (sasl.mechanism == kOauthMechanism) return set_oauth(conf);
  conf.set("sasl.mechanisms", sasl.mechanism);
  set_if(conf, "sasl.username", sasl.username);
  set_if(conf, "sasl.password", sasl.password);
}

// "host:port", where an address of IPv6 is in brackets.
bool is_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos || colon == 0) return false;
  const std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.find_first_of(" ,/\t") != host.npos) return false;
  if (host.find(':') != host.npos && (host.front() != '[' || host.back() != ']')) return false;
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  return error == std::errc() && end == port.data() + port.size() && number > 0 && number < 65536;
}

void check_brokers(const Options& options, sink::Mistakes& found) {
  if (options.brokers.empty()) found.emplace_back("brokers", invalid("is empty"));
  for (const std::string& broker : options.brokers) {
    if (!is_address(broker)) {
      found.emplace_back("brokers", invalid("\"" + broker + "\" is not host:port"));
    }
  }
}

// Settings that would do nothing are a mistake.
class SaslCheck {
 public:
  SaslCheck(const SaslOptions& sasl, sink::Mistakes& found) : sasl_(sasl), found_(found) {}

  void check() {
    if (sasl_.mechanism.empty()) return;
    constexpr auto kWithPassword =
        std::to_array<std::string_view>({"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"});
    const bool has_password = std::find(kWithPassword.begin(), kWithPassword.end(),
                                        sasl_.mechanism) != kWithPassword.end();
    const bool has_tokens = sasl_.mechanism == kOauthMechanism;
    if (!has_password && !has_tokens) {
      return add("mechanism", "\"" + sasl_.mechanism + "\" is none of PLAIN, SCRAM-SHA-256, " +
                                  "SCRAM-SHA-512, OAUTHBEARER");
    }
    belongs("username", sasl_.username, has_password);
    belongs("password", sasl_.password, has_password);
    belongs("token_url", sasl_.token_url, has_tokens);
    belongs("client_id", sasl_.client_id, has_tokens);
    belongs("client_secret", sasl_.client_secret, has_tokens);
    may("token_ca_file", sasl_.token_ca_file, has_tokens);
    may("scope", sasl_.scope, has_tokens);
    if (has_tokens) check_token_server();
  }

 private:
  void add(const std::string& key, std::string what) {
    found_.emplace_back("sasl." + key, invalid(std::move(what)));
  }
  void may(const char* key, const std::string& value, bool fits) {
    if (!fits && !value.empty()) add(key, "is not for " + sasl_.mechanism);
  }
  void belongs(const char* key, const std::string& value, bool fits) {
    may(key, value, fits);
    if (fits && value.empty()) add(key, "is needed for " + sasl_.mechanism);
  }
  void check_token_server() {
    const Status url = check_token_url(sasl_.token_url);
    if (!url.ok() && !sasl_.token_url.empty()) add("token_url", url.error().what);
    if (sasl_.token_ca_file.empty()) return;
    const auto read = io::read_text_file(sasl_.token_ca_file, kPemBytesMax);
    if (!read.ok()) add("token_ca_file", read.error().what);
  }

  const SaslOptions& sasl_;
  sink::Mistakes& found_;
};

void check_tls(const TlsOptions& tls, sink::Mistakes& found) {
  if (tls.certificate_file.empty() != tls.key_file.empty()) {
    found.emplace_back("tls.certificate_file", invalid("goes with tls.key_file, or neither"));
  }
  const auto read = [&](const char* key, const std::string& path) {
    if (path.empty()) return;
    const auto text = io::read_text_file(path, kPemBytesMax);
    if (!text.ok()) found.emplace_back(key, text.error());
  };
  read("tls.ca_file", tls.ca_file);
  read("tls.certificate_file", tls.certificate_file);
  read("tls.key_file", tls.key_file);
}

void check_properties(const Options& options, sink::Mistakes& found) {
  for (const auto& [key, value] : options.properties) {
    Conf conf;
    const char* const why = why_refused(key);
    if (why == nullptr) conf.set(key, value);
    const Status set = why != nullptr ? Status(invalid(why)) : conf.status();
    if (!set.ok()) found.emplace_back("properties." + key, set.error());
  }
}

// What only shows when all of it comes together. Source: librdkafka, rdkafka_ssl.c.
std::pair<std::string, Error> explain_whole(const Error& error, const Options& options) {
  const auto says = [&](const char* text) { return error.what.find(text) != error.what.npos; };
  if (says("ssl.ca.location")) return {"tls.ca_file", invalid("holds no certificate in PEM")};
  if (says("ssl.certificate.location")) {
    return {"tls.certificate_file", invalid("holds no certificate in PEM")};
  }
  if (says("key values mismatch")) {
    return {"tls.key_file", invalid("is not the key of tls.certificate_file")};
  }
  if (says("ssl.key.location")) {
    return {"tls.key_file",
            invalid("holds no key in PEM, or tls.key_password is missing or wrong")};
  }
  return {options.properties.empty() ? "brokers" : "properties", error};
}

}  // namespace

void Conf::set(const std::string& key, const std::string& value) {
  std::array<char, 512> why{};
  const auto result =
      rd_kafka_conf_set(conf_.get(), key.c_str(), value.c_str(), why.data(), why.size());
  if (result != RD_KAFKA_CONF_OK && status_.ok()) status_ = invalid(why.data());
}

Result<rd_kafka_t*> Conf::make(rd_kafka_type_t type) && {
  TRY(status_);
  std::array<char, 512> why{};
  rd_kafka_conf_t* const conf = conf_.release();
  rd_kafka_t* const handle = rd_kafka_new(type, conf, why.data(), why.size());
  if (handle != nullptr) return handle;
  rd_kafka_conf_destroy(conf);
  return invalid(why.data());
}

void set_client(Conf& conf, const Options& options) {
  conf.set("bootstrap.servers", joined(options.brokers));
  conf.set("client.id", "slotcast");
  conf.set("socket.nagle.disable", "true");
  conf.set("reconnect.backoff.max.ms", "1000");  // a broker that restarts is back within seconds
  const std::string transport = options.tls.is_on ? "SSL" : "PLAINTEXT";
  const bool has_sasl = !options.sasl.mechanism.empty();
  conf.set("security.protocol", has_sasl ? "SASL_" + transport : transport);
  if (options.tls.is_on) set_tls(conf, options.tls);
  if (has_sasl) set_sasl(conf, options.sasl);
  for (const auto& [key, value] : options.properties) conf.set(key, value);
}

sink::Mistakes check_client(const Options& options) {
  sink::Mistakes found;
  check_brokers(options, found);
  SaslCheck(options.sasl, found).check();
  check_tls(options.tls, found);
  check_properties(options, found);
  if (!found.empty()) return found;
  Conf whole;
  set_client(whole, options);
  rd_kafka_conf_set_log_cb(whole.get(), nullptr);
  const auto handle = std::move(whole).make(RD_KAFKA_PRODUCER);
  if (handle.ok()) {
    rd_kafka_destroy(handle.value());
  } else {
    found.push_back(explain_whole(handle.error(), options));
  }
  return found;
}

}  // namespace slotcast::kafka
