#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/change/relation.h"

// What the server's catalog said of a relation when capture logged its Relation message: the part
// of the schema that the replication stream does not tell.

namespace slotcast {

struct CatalogColumn {
  std::string type_name;          // as format_type() prints it
  char kind = 'b';                // pg_type.typtype of the column's own type
  std::uint32_t base_oid = 0;     // behind domains; the type itself otherwise
  std::uint32_t element_oid = 0;  // of arrays
  std::vector<std::string> enum_labels;
  char base_kind = 'b';                   // pg_type.typtype of the base type
  std::int32_t base_modifier = -1;        // that a domain gives its base type
  Collation collation = Collation::None;  // the column's own, which may differ from its type's
};

struct Catalog {
  std::vector<CatalogColumn> columns;    // as many and in the order of the Relation message
  std::vector<std::string> primary_key;  // column names; empty without one
  // A partitioned table with identity full, but not all of whose partitions have it: the server
  // says "old row" of their old keys as well.
  bool is_full_in_part = false;
};

// One of the letters that stand for a Collation.
bool is_collation(char letter);

// Fills in what a Relation message does not tell. A catalog with another number of columns is of
// another version of the table: of its columns nothing is taken.
void apply(const Catalog& catalog, Relation& relation);

}  // namespace slotcast
