#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/change/relation.h"
#include "lib/pg/connection.h"

namespace slotcast::pg {

// What the catalog knows of one column's type; see pgoutput::CatalogColumn, which records it.
struct ColumnFacts {
  std::string type_name;
  char kind = 'b';
  std::uint32_t base_oid = 0;
  std::uint32_t element_oid = 0;
  std::vector<std::string> enum_labels;
};

struct RelationFacts {
  std::vector<ColumnFacts> columns;  // one for each of `types`
  std::vector<std::string> primary_key;
  bool is_full_in_part = false;  // see pgoutput::Catalog
};

// What is not in a Relation message: types behind domains, elements of arrays, labels of enums, and
// the true primary key. The catalog is today's, the message may be yesterday's: a type dropped
// since is told by its oid alone.
Result<RelationFacts> read_relation_facts(Connection& connection, RelationId relation,
                                          const std::vector<std::uint32_t>& types);

}  // namespace slotcast::pg
