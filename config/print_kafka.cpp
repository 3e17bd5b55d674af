#include "config/print_kafka.h"

#include "config/emit.h"
#include "config/units.h"

namespace slotcast::config {
namespace {

using References = std::map<std::string, std::string>;

void put_if(YAML::Emitter& out, const char* key, const std::string& value) {
  if (!value.empty()) put_quoted(out, key, value);
}

void put_secret(YAML::Emitter& out, const References& references, const std::string& group,
                const char* key) {
  const auto found = references.find(group + key);
  if (found != references.end()) put_if(out, key, found->second);
}

void put_count(YAML::Emitter& out, const char* key, std::uint64_t value) {
  put(out, key, value == 0 ? "default" : std::to_string(value));
}

void print_texts(YAML::Emitter& out, const char* key,
                 const std::map<std::string, std::string>& texts) {
  begin(out, key);
  for (const auto& [name, text] : texts) put_quoted(out, name, text);
  out << YAML::EndMap;
}

void print_format(YAML::Emitter& out, const kafka::FormatOptions& format) {
  using kafka::Format;
  put(out, "format", name_of(format.format));
  if (format.format != Format::Canal) {
    put(out, "decimal", name_of(format.decimals));
    put(out, "time", name_of(format.times));
    put(out, "binary", name_of(format.binary));
  }
  put(out, "unchanged", name_of(format.unchanged));
  if (format.format == Format::Json) put_list(out, "meta", format.meta);
  if (format.format != Format::Debezium && format.format != Format::Avro) return;
  begin(out, "debezium");
  if (format.format == Format::Debezium) put(out, "schema", format.schema);
  put(out, "tombstones", format.tombstones);
  put(out, "transactions", format.transactions);
  put_list(out, "messages", format.messages);
  out << YAML::EndMap;
}

void print_registry(YAML::Emitter& out, const kafka::RegistryOptions& registry,
                    const References& references) {
  begin(out, "registry");
  put_quoted(out, "url", registry.url);
  put_if(out, "username", registry.username);
  put_secret(out, references, "registry.", "password");
  put_if(out, "ca_file", registry.ca_file);
  put(out, "connect_timeout", print_duration(registry.connect_timeout));
  put(out, "request_timeout", print_duration(registry.request_timeout));
  out << YAML::EndMap;
}

void print_topics(YAML::Emitter& out, const kafka::Options& options) {
  put_quoted(out, "topic", options.topic);
  begin(out, "topics");
  put(out, "create", options.topics.create);
  put_count(out, "partitions", options.topics.partitions);
  put_count(out, "replication", options.topics.replication);
  print_texts(out, "config", options.topics.config);
  out << YAML::EndMap;
  begin(out, "keys");
  for (const auto& [table, columns] : options.keys) put_list(out, table, columns);
  out << YAML::EndMap;
  put(out, "partition", name_of(options.partition));
  put_if(out, "partition_column", options.partition_column);
}

void print_transactions(YAML::Emitter& out, const kafka::Options& options) {
  put_quoted(out, "transactions", options.transactions ? "on" : "off");
  put_list(out, "headers", options.headers);
  if (!options.transactions) return;
  put_if(out, "transactional_id", options.transactional_id);
  put_if(out, "progress_topic", options.progress_topic);
  put(out, "transaction_timeout", print_duration(options.transaction_timeout));
  put(out, "max_transaction", print_size(options.transaction_bytes_max));
}

void print_security(YAML::Emitter& out, const kafka::Options& options,
                    const References& references) {
  if (options.tls.is_on) {
    begin(out, "tls");
    put_if(out, "ca_file", options.tls.ca_file);
    put_if(out, "certificate_file", options.tls.certificate_file);
    put_if(out, "key_file", options.tls.key_file);
    put_secret(out, references, "tls.", "key_password");
    out << YAML::EndMap;
  }
  if (options.sasl.mechanism.empty()) return;
  begin(out, "sasl");
  put(out, "mechanism", options.sasl.mechanism);
  put_if(out, "username", options.sasl.username);
  put_secret(out, references, "sasl.", "password");
  put_if(out, "token_url", options.sasl.token_url);
  put_if(out, "token_ca_file", options.sasl.token_ca_file);
  put_if(out, "client_id", options.sasl.client_id);
  put_secret(out, references, "sasl.", "client_secret");
  put_if(out, "scope", options.sasl.scope);
  out << YAML::EndMap;
}

}  // namespace

void print_kafka(YAML::Emitter& out, const kafka::Options& options, const References& references) {
  out << YAML::BeginMap;
  put_list(out, "brokers", options.brokers);
  print_format(out, options.format);
  if (options.format.format == kafka::Format::Avro) {
    print_registry(out, options.registry, references);
  }
  print_topics(out, options);
  print_transactions(out, options);
  put(out, "compression", name_of(options.compression));
  put(out, "buffer_size", print_size(options.buffer_bytes_max));
  put(out, "answer_timeout", print_duration(options.answer_timeout));
  print_security(out, options, references);
  print_texts(out, "properties", options.properties);
  out << YAML::EndMap;
}

}  // namespace slotcast::config
