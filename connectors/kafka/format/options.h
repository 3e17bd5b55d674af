#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace slotcast::kafka {

enum class Format { Debezium, Json, Avro, Canal };
enum class Decimals { String, Double, Precise };
enum class Times { Iso, Connect, Adaptive };
enum class Binary { Base64, Hex };
enum class Unchanged { Omit, Marker };

// What messages look like, as the configuration says it.
struct FormatOptions {
  Format format = Format::Debezium;
  bool schema = false;        // debezium: {"schema":…,"payload":…}
  bool tombstones = true;     // debezium, avro: behind each delete
  bool transactions = false;  // debezium, avro: the transaction block, and the topic of their ends
  Decimals decimals = Decimals::Precise;
  Times times = Times::Adaptive;
  Binary binary = Binary::Base64;
  Unchanged unchanged = Unchanged::Omit;
  // json: beside the columns. Of the names of lib/sink/encode/meta.h.
  std::vector<std::string> meta = {"_op", "_lsn", "_seq", "_ts"};
};

}  // namespace slotcast::kafka
