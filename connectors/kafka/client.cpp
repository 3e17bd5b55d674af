#include "connectors/kafka/client.h"

#include <array>
#include <utility>

#include "connectors/kafka/oauth.h"

namespace slotcast::kafka {
namespace {

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

}  // namespace slotcast::kafka
