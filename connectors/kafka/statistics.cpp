#include "connectors/kafka/statistics.h"

#include <simdjson.h>

#include <algorithm>

namespace slotcast::kafka {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

std::uint64_t number(const object& from, const char* key) {
  std::int64_t value = 0;
  if (from[key].get_int64().get(value) != simdjson::SUCCESS) return 0;
  return static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0));
}

void add_broker(const object& broker, Statistics& statistics) {
  statistics.in_flight += number(broker, "waitresp_cnt");
  statistics.retries += number(broker, "txretries");
  statistics.timeouts += number(broker, "req_timeouts");
  std::string_view state;
  if (broker["state"].get_string().get(state) == simdjson::SUCCESS && state == "UP") {
    ++statistics.brokers_up;
  }
  object latency;
  if (broker["rtt"].get_object().get(latency) != simdjson::SUCCESS) return;
  const double p99 = static_cast<double>(number(latency, "p99")) / 1e6;
  statistics.latency_p99_seconds = std::max(statistics.latency_p99_seconds, p99);
}

}  // namespace

void read_statistics(std::string_view json, Statistics& statistics) {
  simdjson::dom::parser parser;
  object top;
  if (parser.parse(json.data(), json.size()).get_object().get(top) != simdjson::SUCCESS) return;
  Statistics read;
  read.queue_messages = number(top, "msg_cnt");
  read.queue_bytes = number(top, "msg_size");
  read.sent_messages = number(top, "txmsgs");
  read.sent_bytes = number(top, "txmsg_bytes");
  object brokers;
  if (top["brokers"].get_object().get(brokers) == simdjson::SUCCESS) {
    for (const auto& [name, value] : brokers) {
      object broker;
      if (value.get_object().get(broker) == simdjson::SUCCESS) add_broker(broker, read);
    }
  }
  std::string_view state;
  const auto found = top["eos"]["idemp_state"].get_string().get(state);
  read.has_id = found == simdjson::SUCCESS && state == "Assigned";
  statistics = read;
}

}  // namespace slotcast::kafka
