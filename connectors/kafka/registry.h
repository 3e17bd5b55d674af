#pragma once

#include <map>
#include <string>
#include <utility>

#include "connectors/kafka/format/options.h"
#include "connectors/kafka/format/schema_ids.h"
#include "lib/base/result.h"
#include "lib/http/client.h"

namespace slotcast::kafka {

// What can be said of the values without a request: Invalid.
Status check(const RegistryOptions& options);

// Schemas at a registry, by POST /subjects/{subject}/versions, one request after the other.
// Connections stay open between them. What has a number is not asked for again: rows of known
// schemas need no registry, also when they are read from the log once more.
// Threads: one. Errors: Transient when it does not answer, or cannot for now; Invalid when it
// refuses a schema or us, or its certificate or address cannot be right. None has the password.
// Source: Confluent's documentation, "Schema Registry API Reference".
class Registry final : public SchemaIds {
 public:
  // Requires that check() passed.
  explicit Registry(RegistryOptions options);

  Result<std::int32_t> id_of(const std::string& subject, const std::string& schema) override;

 private:
  struct Answer {
    long status = 0;
    std::string body;
  };

  Result<Answer> post(const std::string& path, const std::string& body);
  Result<std::int32_t> register_schema(const std::string& subject, const std::string& schema);

  const RegistryOptions options_;
  http::Client client_;
  std::map<std::pair<std::string, std::string>, std::int32_t> known_;  // by subject and schema
};

}  // namespace slotcast::kafka
