#include "connectors/kafka/properties.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "connectors/kafka/client.h"

namespace slotcast::kafka {
namespace {

struct Refused {
  std::string_view name;  // a prefix where it ends with '.'
  const char* why;
};

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
    {"queue.buffering.max.messages", "has a setting of its own: buffer_size"},
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
    {"log.queue", "would take away what librdkafka says is wrong"},
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

}  // namespace

void check_properties(const Options& options, sink::Mistakes& found) {
  for (const auto& [key, value] : options.properties) {
    Conf conf;
    const char* const why = why_refused(key);
    if (why == nullptr) conf.set(key, value);
    const Status set = why != nullptr ? Status(invalid(why)) : conf.status();
    if (!set.ok()) found.emplace_back("properties." + key, set.error());
  }
}

}  // namespace slotcast::kafka
