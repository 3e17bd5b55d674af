#pragma once

#include <string>
#include <vector>

#include "connectors/kafka/format/encoder.h"
#include "connectors/kafka/format/message.h"
#include "connectors/kafka/format/options.h"
#include "lib/change/change.h"
#include "tests/support/changes.h"

// Rows of known types, and the messages that become of them.

namespace slotcast::test {

struct TypedColumn {
  std::string name;
  std::string type;  // "integer", "numeric(10,2)", "mood[]": of one that is not known, a new one
  bool is_key = false;
  std::vector<std::string> labels = {};  // of an enum
};
// The column "v" of that type; "mood{ok,so so}" is an enum.
TypedColumn typed_column(const std::string& type);

// Its catalog as the server would tell it; the key is the primary key.
Relation make_typed_relation(const std::string& table, const std::vector<TypedColumn>& columns,
                             char replica_identity = 'd');

// A message as a line, "key | value", then " | name=value" for each header; - is null, and "tx: "
// stands before one for the transactions' topic.
std::string printed(const kafka::Messages& messages, std::size_t index);
std::vector<std::string> printed(const kafka::Messages& messages);

// "decimals=string times=iso", as lists of expected values have it; the rest as in `usual`.
kafka::FormatOptions kafka_options(const std::string& words, kafka::FormatOptions usual);

}  // namespace slotcast::test
