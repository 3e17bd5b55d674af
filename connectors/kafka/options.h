#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "connectors/kafka/format/options.h"
#include "lib/change/batch_limits.h"

namespace slotcast::kafka {

// A batch is a transaction: readers see it only as a whole, and wait that long for it.
inline constexpr BatchLimits kBatchLimits{1'000'000, 256ull << 20, std::chrono::milliseconds(200),
                                          std::chrono::seconds(1)};

enum class Compression { None, Gzip, Snappy, Lz4, Zstd };

constexpr const char* name_of(Compression compression) {
  switch (compression) {
    case Compression::None:
      return "none";
    case Compression::Gzip:
      return "gzip";
    case Compression::Snappy:
      return "snappy";
    case Compression::Lz4:
      return "lz4";
    case Compression::Zstd:
      return "zstd";
  }
  return "unknown";
}

// By what a message's partition is chosen.
enum class PartitionBy {
  Key,     // as Java's producer does by default; without a key, by the table
  Table,   // all rows of a table in one
  Column,  // the value of `partition_column`
  Single,  // the first: one order over everything
};

constexpr const char* name_of(PartitionBy by) {
  switch (by) {
    case PartitionBy::Key:
      return "key";
    case PartitionBy::Table:
      return "table";
    case PartitionBy::Column:
      return "column";
    case PartitionBy::Single:
      return "single";
  }
  return "unknown";
}

// How topics are made that are not there.
struct TopicOptions {
  bool create = true;
  std::uint64_t partitions = 0;               // 0: as the cluster has it
  std::uint64_t replication = 0;              // 0: as the cluster has it
  std::map<std::string, std::string> config;  // cleanup.policy, retention.ms, ...
};

struct TlsOptions {
  bool is_on = false;
  std::string ca_file;  // empty: the system's
  std::string certificate_file;
  std::string key_file;
  std::string key_password;
};

struct SaslOptions {
  std::string mechanism;  // empty: none
  std::string username;
  std::string password;
  std::string token_url;      // of OAUTHBEARER, as all below: OAuth 2.0's client credentials
  std::string token_ca_file;  // certificates that sign the token server's; empty: the system's
  std::string client_id;
  std::string client_secret;
  std::string scope;
};

// Filled from `kafka:` of a sink.
struct Options {
  // A key is made of what the row has, and rows without one are sent without.
  static constexpr bool kNeedsKey = false;

  std::vector<std::string> brokers;               // host:port
  std::string topic = "{name}.{schema}.{table}";  // see topic_name.h
  TopicOptions topics;
  // Full names of tables and the columns that make the message's key; else the replica identity.
  std::vector<std::pair<std::string, std::vector<std::string>>> keys;
  PartitionBy partition = PartitionBy::Key;
  std::string partition_column;
  FormatOptions format;
  RegistryOptions registry;          // of format: avro
  std::vector<std::string> headers;  // of header.h
  bool transactions = true;
  std::string transactional_id;  // empty: slotcast-PIPELINE-SINK
  std::string progress_topic;    // empty: slotcast-progress-PIPELINE-SINK
  std::chrono::nanoseconds transaction_timeout = std::chrono::seconds(60);
  std::uint64_t transaction_bytes_max = 256ull << 20;
  Compression compression = Compression::Lz4;
  std::uint64_t buffer_bytes_max = 16ull << 20;
  std::chrono::nanoseconds answer_timeout = std::chrono::seconds(15);
  TlsOptions tls;
  SaslOptions sasl;
  std::map<std::string, std::string> properties;  // librdkafka's own names
};

}  // namespace slotcast::kafka
