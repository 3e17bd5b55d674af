#pragma once

#include <functional>
#include <string>
#include <vector>

#include "connectors/kafka/format/message.h"
#include "connectors/kafka/format/options.h"
#include "lib/change/relation.h"
#include "lib/pg/connection.h"
#include "tests/support/postgres.h"

namespace slotcast::test {

// What has to be the same in every row: an expression of a column, and one of the member of what
// was written, as jsonb, that has its name. % stands for the column, and for the member.
struct OracleRule {
  std::string column;
  std::string wanted;
  std::string found;
};
using OracleRules = std::vector<OracleRule>;

// A PostgreSQL with the table `kept` (id, and a column of every kind of type): some hundred random
// rows, the same each time, one of empty lists and one of NULLs. Formats write them, somebody else
// reads what was written, and the server compares.
class KafkaOracle {
 public:
  // Messages' values as JSON.
  using Reader = std::function<std::vector<std::string>(const kafka::Messages& messages)>;

  KafkaOracle();

  // Writes every row as an INSERT of one transaction. Without a reader values are as they were
  // written, those of avro as fastavro reads them.
  void write(const kafka::FormatOptions& options, const Reader& reader = {});
  // `path`: of the object with the columns' members, as "after,". A NULL has to be null; at least
  // 400 values have to be the same.
  void check(const std::string& path, const OracleRules& rules);

  pg::Connection& connection() { return connection_; }
  // As capture would know it.
  const Relation& relation() const { return relation_; }

 private:
  Postgres server_;
  pg::Connection connection_;
  Relation relation_;
};

}  // namespace slotcast::test
