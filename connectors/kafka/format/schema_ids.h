#pragma once

#include <cstdint>
#include <string>

#include "lib/base/result.h"

namespace slotcast::kafka {

// Who numbers schemas, so that a message need not bring its own: Confluent's Schema Registry.
// Threads: one.
class SchemaIds {
 public:
  virtual ~SchemaIds() = default;

  // The number of an Avro schema, which is registered under `subject` when it is new. Transient
  // when nobody answers, Invalid when it cannot be registered.
  virtual Result<std::int32_t> id_of(const std::string& subject, const std::string& schema) = 0;
};

}  // namespace slotcast::kafka
