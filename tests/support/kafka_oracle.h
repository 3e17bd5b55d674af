#pragma once

#include <string>

#include "connectors/kafka/format/options.h"
#include "lib/change/relation.h"
#include "lib/pg/connection.h"

// Rows of a real PostgreSQL, for formats to write and for the server to compare.

namespace slotcast::test {

// The table `kept` (id, and a column of every kind of type) with some hundred random rows and one
// of NULLs. No two calls differ.
void fill_oracle_table(pg::Connection& connection);
// As capture would know it.
Relation oracle_relation(pg::Connection& connection);

// Writes every row, as an INSERT in one transaction, and fills the table `written` (id, value, of
// jsonb) with the values of the messages; those of avro as fastavro reads them.
void write_oracle_rows(pg::Connection& connection, const Relation& relation,
                       const kafka::FormatOptions& options);

}  // namespace slotcast::test
