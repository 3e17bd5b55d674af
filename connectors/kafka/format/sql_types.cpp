#include "connectors/kafka/format/sql_types.h"

#include <algorithm>
#include <iterator>

namespace slotcast::kafka {
namespace {

struct SqlType {
  std::uint32_t oid;
  int jdbc;
  const char* name;
};

// Object identifiers: src/include/catalog/pg_type.dat. Numbers: Java's documentation of
// java.sql.Types.
constexpr SqlType kTypes[] = {
    {16, -7, "boolean"},
    {17, -2, "bytea"},
    {20, -5, "bigint"},
    {21, 5, "smallint"},
    {23, 4, "integer"},
    {25, 12, "text"},
    {26, -5, "oid"},
    {114, 12, "json"},
    {700, 7, "real"},
    {701, 8, "double precision"},
    {1042, 1, "character"},
    {1043, 12, "character varying"},
    {1082, 91, "date"},
    {1083, 92, "time without time zone"},
    {1114, 93, "timestamp without time zone"},
    {1184, 2014, "timestamp with time zone"},
    {1266, 2013, "time with time zone"},
    {1700, 2, "numeric"},
    {2950, 12, "uuid"},
    {3802, 12, "jsonb"},
};
constexpr int kVarchar = 12;

const SqlType* find(std::uint32_t oid) {
  const auto* const found = std::find_if(std::begin(kTypes), std::end(kTypes),
                                         [&](const SqlType& each) { return each.oid == oid; });
  return found == std::end(kTypes) ? nullptr : found;
}

}  // namespace

int jdbc_type_of(const Column& column) {
  const SqlType* found = find(column.base_oid != 0 ? column.base_oid : column.type_oid);
  return found == nullptr ? kVarchar : found->jdbc;
}

// A column that a route made has no words of the catalog, but a type that is built in.
std::string type_name_of(const Column& column) {
  if (column.words) return column.words->name;
  const SqlType* found = find(column.type_oid);
  return found == nullptr ? "text" : found->name;
}

}  // namespace slotcast::kafka
