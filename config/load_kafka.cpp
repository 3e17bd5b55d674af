#include "config/load_kafka.h"

namespace slotcast::config {
namespace {

constexpr const char* kPrefix = "sinks.*.kafka.";

enum class Switch { On, Off };
constexpr const char* name_of(Switch value) {
  return value == Switch::On ? "on" : "off";
}

class KafkaLoader {
 public:
  KafkaLoader(Mapping& kafka, const ConnectorContext& context,
              std::map<std::string, std::string>& references)
      : kafka_(kafka), context_(context), references_(references) {}

  kafka::Options load() {
    kafka_.require("brokers");
    for (const auto& [broker, place] : kafka_.texts("brokers")) options_.brokers.push_back(broker);
    load_format();
    load_topics();
    load_transactions();
    using kafka::Compression;
    kafka_.choice("compression",
                  {Compression::None, Compression::Gzip, Compression::Snappy, Compression::Lz4,
                   Compression::Zstd},
                  options_.compression);
    kafka_.size("buffer_size", options_.buffer_bytes_max);
    kafka_.duration("answer_timeout", options_.answer_timeout);
    load_security();
    load_texts(kafka_, "properties", options_.properties);
    kafka_.finish(kPrefix, context_.known_keys);
    return std::move(options_);
  }

 private:
  // Settings that would do nothing are a mistake.
  template <class Load>
  void only_if(bool fits, const char* key, const char* why, const Load& load_it) {
    if (fits) return kafka_.with(key, load_it);
    kafka_.refuse(key, why);
  }

  // Keys of the user's own choice, each with a text.
  void load_texts(Mapping& mapping, const char* key, std::map<std::string, std::string>& texts) {
    mapping.with(key, [&](Mapping& inner) {
      for (const std::string& name : inner.keys()) inner.text(name.c_str(), texts[name]);
      inner.finish();
    });
  }

  void load_format() {
    using namespace kafka;
    FormatOptions& format = options_.format;
    kafka_.choice("format", {Format::Debezium, Format::Json, Format::Avro, Format::Canal},
                  format.format);
    format.times = format.format == Format::Json ? Times::Iso : Times::Adaptive;
    const bool has_types = format.format != Format::Canal;
    if (has_types) {
      kafka_.choice("decimal", {Decimals::String, Decimals::Double, Decimals::Precise},
                    format.decimals);
      kafka_.choice("time", {Times::Iso, Times::Connect, Times::Adaptive}, format.times);
      kafka_.choice("binary", {Binary::Base64, Binary::Hex}, format.binary);
    } else {
      for (const char* key : {"decimal", "time", "binary"}) {
        kafka_.refuse(key, "is not for format: canal, whose values are PostgreSQL's own texts");
      }
    }
    kafka_.choice("unchanged", {Unchanged::Omit, Unchanged::Marker}, format.unchanged);
    const bool is_debezium = format.format == Format::Debezium;
    const bool has_envelope = is_debezium || format.format == Format::Avro;
    only_if(has_envelope, "debezium", "is for format: debezium and format: avro",
            [&](Mapping& debezium) { load_debezium(debezium, is_debezium); });
    only_if(format.format == Format::Avro, "registry", "is for format: avro",
            [this](Mapping& registry) { load_registry(registry); });
    if (format.format == Format::Avro) kafka_.require("registry");
    if (format.format == Format::Json) {
      if (!kafka_.has("meta")) return;
      format.meta.clear();
      for (auto& [name, place] : kafka_.texts("meta", /*may_be_empty=*/true)) {
        format.meta.push_back(name);
      }
    } else {
      kafka_.refuse("meta", "is for format: json");
    }
  }

  void load_debezium(Mapping& debezium, bool is_json) {
    kafka::FormatOptions& format = options_.format;
    if (is_json) {
      debezium.boolean("schema", format.schema);
    } else {
      debezium.refuse("schema", "is for format: debezium; Avro's is in the registry");
    }
    debezium.boolean("tombstones", format.tombstones);
    debezium.boolean("transactions", format.transactions);
    for (auto& [prefix, place] : debezium.texts("messages", /*may_be_empty=*/true)) {
      format.messages.push_back(prefix);
    }
    debezium.finish(std::string(kPrefix) + "debezium.", context_.known_keys);
  }

  void load_registry(Mapping& registry) {
    kafka::RegistryOptions& options = options_.registry;
    registry.require("url");
    registry.text("url", options.url);
    registry.text("username", options.username);
    registry.secret("password", context_.environment, options.password,
                    references_["registry.password"]);
    registry.text("ca_file", options.ca_file);
    registry.duration("connect_timeout", options.connect_timeout);
    registry.duration("request_timeout", options.request_timeout);
    registry.finish(std::string(kPrefix) + "registry.", context_.known_keys);
  }

  void load_topics() {
    kafka_.text("topic", options_.topic);
    kafka_.with("topics", [this](Mapping& topics) {
      topics.boolean("create", options_.topics.create);
      topics.count_or_default("partitions", options_.topics.partitions);
      topics.count_or_default("replication", options_.topics.replication);
      load_texts(topics, "config", options_.topics.config);
      topics.finish(std::string(kPrefix) + "topics.", context_.known_keys);
    });
    kafka_.with("keys", [this](Mapping& keys) {
      for (const std::string& table : keys.keys()) {
        std::vector<std::string>& columns =
            options_.keys.emplace_back(table, std::vector<std::string>()).second;
        for (const auto& [column, place] : keys.texts(table.c_str())) columns.push_back(column);
      }
      keys.finish();
    });
    using kafka::PartitionBy;
    kafka_.choice("partition",
                  {PartitionBy::Key, PartitionBy::Table, PartitionBy::Column, PartitionBy::Single},
                  options_.partition);
    if (options_.partition == PartitionBy::Column) {
      kafka_.require("partition_column");
      kafka_.text("partition_column", options_.partition_column);
    } else {
      kafka_.refuse("partition_column", "is for partition: column");
    }
  }

  void load_transactions() {
    auto transactions = Switch::On;
    kafka_.choice("transactions", {Switch::On, Switch::Off}, transactions);
    options_.transactions = transactions == Switch::On;
    if (!options_.transactions) options_.headers = {"_lsn", "_seq"};
    if (kafka_.has("headers")) {
      options_.headers.clear();
      for (const auto& [name, place] : kafka_.texts("headers", /*may_be_empty=*/true)) {
        options_.headers.push_back(name);
      }
    }
    if (!options_.transactions) {
      for (const char* key :
           {"transactional_id", "progress_topic", "transaction_timeout", "max_transaction"}) {
        kafka_.refuse(key, "is for transactions: on");
      }
      return;
    }
    kafka_.text("transactional_id", options_.transactional_id);
    kafka_.text("progress_topic", options_.progress_topic);
    kafka_.duration("transaction_timeout", options_.transaction_timeout);
    kafka_.size("max_transaction", options_.transaction_bytes_max);
  }

  void load_security() {
    const auto secret = [this](Mapping& mapping, const char* group, const char* key,
                               std::string& value) {
      mapping.secret(key, context_.environment, value, references_[std::string(group) + key]);
    };
    kafka_.with("tls", [&](Mapping& tls) {
      options_.tls.is_on = true;
      tls.text("ca_file", options_.tls.ca_file);
      tls.text("certificate_file", options_.tls.certificate_file);
      tls.text("key_file", options_.tls.key_file);
      secret(tls, "tls.", "key_password", options_.tls.key_password);
      tls.finish(std::string(kPrefix) + "tls.", context_.known_keys);
    });
    kafka_.with("sasl", [&](Mapping& sasl) {
      sasl.require("mechanism");
      sasl.text("mechanism", options_.sasl.mechanism);
      sasl.text("username", options_.sasl.username);
      secret(sasl, "sasl.", "password", options_.sasl.password);
      sasl.text("token_url", options_.sasl.token_url);
      sasl.text("token_ca_file", options_.sasl.token_ca_file);
      sasl.text("client_id", options_.sasl.client_id);
      secret(sasl, "sasl.", "client_secret", options_.sasl.client_secret);
      sasl.text("scope", options_.sasl.scope);
      sasl.finish(std::string(kPrefix) + "sasl.", context_.known_keys);
    });
  }

  Mapping& kafka_;
  const ConnectorContext& context_;
  std::map<std::string, std::string>& references_;
  kafka::Options options_;
};

}  // namespace

kafka::Options load_kafka(Mapping& sink, const ConnectorContext& context,
                          std::map<std::string, std::string>& references) {
  kafka::Options options;
  sink.with("kafka",
            [&](Mapping& kafka) { options = KafkaLoader(kafka, context, references).load(); });
  return options;
}

}  // namespace slotcast::config
