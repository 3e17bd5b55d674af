#include "connectors/kafka/client_check.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "connectors/kafka/client.h"
#include "connectors/kafka/oauth.h"
#include "connectors/kafka/properties.h"
#include "lib/io/posix.h"

namespace slotcast::kafka {
namespace {

constexpr std::size_t kPemBytesMax = 16 << 20;

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
