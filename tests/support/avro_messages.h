#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "connectors/kafka/format/message.h"
#include "connectors/kafka/format/schema_ids.h"

namespace slotcast::test {

// A registry in memory: schemas are numbered from 1 as they come.
class ListedSchemas final : public kafka::SchemaIds {
 public:
  struct Asked {
    std::string subject;
    std::string schema;
  };

  Result<std::int32_t> id_of(const std::string& subject, const std::string& schema) override;

  // Each call of id_of().
  const std::vector<Asked>& asked() const { return asked_; }
  // The next calls fail.
  void fail_with(const Error& error) { error_ = error; }
  void work_again() { error_.what.clear(); }

 private:
  std::vector<Asked> asked_;
  Error error_;
};

// The messages' values (or keys) as JSON, as tests/connectors/kafka/format/read_avro.py prints
// them; null for none. The test ends when they cannot be read.
enum class AvroPart { Key, Value };
std::vector<std::string> read_avro(const ListedSchemas& schemas, const kafka::Messages& messages,
                                   AvroPart part);

}  // namespace slotcast::test
