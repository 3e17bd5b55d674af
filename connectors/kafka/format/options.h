#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "lib/base/clock.h"

namespace slotcast::kafka {

enum class Format { Debezium, Json, Avro, Canal };
enum class Decimals { String, Double, Precise };
enum class Times { Iso, Connect, Adaptive };
enum class Binary { Base64, Hex };
enum class Unchanged { Omit, Marker };

constexpr const char* name_of(Format value) {
  switch (value) {
    case Format::Debezium:
      return "debezium";
    case Format::Json:
      return "json";
    case Format::Avro:
      return "avro";
    case Format::Canal:
      return "canal";
  }
  return "unknown";
}

constexpr const char* name_of(Decimals value) {
  switch (value) {
    case Decimals::String:
      return "string";
    case Decimals::Double:
      return "double";
    case Decimals::Precise:
      return "precise";
  }
  return "unknown";
}

constexpr const char* name_of(Times value) {
  switch (value) {
    case Times::Iso:
      return "iso";
    case Times::Connect:
      return "connect";
    case Times::Adaptive:
      return "adaptive";
  }
  return "unknown";
}

constexpr const char* name_of(Binary value) {
  switch (value) {
    case Binary::Base64:
      return "base64";
    case Binary::Hex:
      return "hex";
  }
  return "unknown";
}

constexpr const char* name_of(Unchanged value) {
  switch (value) {
    case Unchanged::Omit:
      return "omit";
    case Unchanged::Marker:
      return "marker";
  }
  return "unknown";
}

// What messages look like, as the configuration says it.
struct FormatOptions {
  Format format = Format::Debezium;
  bool schema = false;        // debezium: {"schema":…,"payload":…}
  bool tombstones = true;     // debezium, avro: behind each delete
  bool transactions = false;  // debezium, avro: the transaction block, and the topic of their ends
  // debezium, avro: prefixes of applications' messages, of message_prefix.h; empty: none are sent.
  std::vector<std::string> messages = {};
  Decimals decimals = Decimals::Precise;
  Times times = Times::Adaptive;
  Binary binary = Binary::Base64;
  Unchanged unchanged = Unchanged::Omit;  // avro: always a marker, it cannot leave a value out
  // json: beside the columns. Of the names of lib/sink/encode/meta.h.
  std::vector<std::string> meta = {"_op", "_lsn", "_seq", "_ts"};
};

// `registry:` of avro, Confluent's Schema Registry or one that answers as it does.
struct RegistryOptions {
  std::string url;  // http(s)://host[:port][/path]
  std::string username;
  std::string password;
  std::string ca_file;  // certificates that sign the registry's; empty: the system's
  Duration connect_timeout = std::chrono::seconds(10);
  Duration request_timeout = std::chrono::seconds(30);
};

}  // namespace slotcast::kafka
