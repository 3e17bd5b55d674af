#pragma once

#include <string>

#include "connectors/kafka/handle.h"
#include "connectors/kafka/options.h"
#include "lib/base/result.h"

// What all of librdkafka's handles of a sink have in common: where the brokers are, and how to
// prove who asks.

namespace slotcast::kafka {

// A configuration of librdkafka, filled in key by key; the first mistake stays.
// Source: librdkafka, CONFIGURATION.md.
class Conf {
 public:
  Conf() : conf_(rd_kafka_conf_new()) {}

  void set(const std::string& key, const std::string& value);
  rd_kafka_conf_t* get() { return conf_.get(); }
  const Status& status() const { return status_; }
  // A handle of it, which takes the configuration over. Invalid with librdkafka's own words.
  Result<rd_kafka_t*> make(rd_kafka_type_t type) &&;

 private:
  ConfPtr conf_;
  Status status_;
};

// Brokers, TLS, SASL and the user's own properties.
void set_client(Conf& conf, const Options& options);

}  // namespace slotcast::kafka
