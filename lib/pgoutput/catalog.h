#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/base/bytes.h"

// What the server's catalog said of a relation when capture logged its Relation message: the part
// of the schema that the replication stream does not tell. It is the payload of a Catalog record,
// so that old records read right after any later DDL, and readers never ask the server.

namespace slotcast::pgoutput {

struct CatalogColumn {
  std::string type_name;          // as format_type() prints it
  char kind = 'b';                // pg_type.typtype of the column's own type
  std::uint32_t base_oid = 0;     // behind domains; the type itself otherwise
  std::uint32_t element_oid = 0;  // of arrays
  std::vector<std::string> enum_labels;
};

struct Catalog {
  std::vector<CatalogColumn> columns;    // as many and in the order of the Relation message
  std::vector<std::string> primary_key;  // column names; empty without one
  // A partitioned table with identity full, but not all of whose partitions have it: the server
  // says "old row" of their old keys as well.
  bool is_full_in_part = false;
};

std::vector<std::byte> encode(const Catalog& catalog);
std::optional<Catalog> decode_catalog(Bytes bytes);

}  // namespace slotcast::pgoutput
