#include "lib/pg/table.h"

#include <algorithm>

#include "lib/pg/field.h"
#include "lib/pg/source_relation.h"

namespace slotcast::pg {
namespace {

constexpr const char* kPartsQuery = R"(
SELECT c.oid, c.relfilenode,
       pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
       pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::bigint,
       pg_catalog.pg_table_size(c.oid), greatest(c.reltuples, 0)::bigint
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND )";
constexpr const char* kPartsOfTable = R"((c.oid = $1::oid
   OR c.oid IN (SELECT relid FROM pg_catalog.pg_partition_tree($1::oid::regclass) WHERE isleaf))
ORDER BY 1)";
constexpr const char* kOnePart = "c.oid = $1::oid";

TablePart part_of(const std::vector<Field>& row) {
  return {number<std::uint32_t>(row[0]), number<std::uint32_t>(row[1]),
          row[2].value_or(""),           number<std::uint64_t>(row[3]),
          number<std::uint64_t>(row[4]), number<std::uint64_t>(row[5])};
}

}  // namespace

Result<Table> read_table(Connection& connection, const std::string& schema,
                         const std::string& table) {
  TRY_ASSIGN(auto announced, read_announced(connection, {{schema, table}}));
  if (announced.empty() || announced[0].relation.columns.empty()) {
    return invalid("table " + schema + "." + table + " does not exist or has no column");
  }
  Table found;
  found.relation = std::move(announced[0].relation);
  const std::vector<bool>& may_be_long = announced[0].may_be_long;
  found.has_long_values =
      std::find(may_be_long.begin(), may_be_long.end(), true) != may_be_long.end();
  TRY_ASSIGN(const Rows parts, connection.query(std::string(kPartsQuery) + kPartsOfTable,
                                                {std::to_string(found.relation.id.oid)}));
  for (const auto& row : parts) found.parts.push_back(part_of(row));
  return found;
}

Result<std::optional<TablePart>> read_table_part(Connection& connection, std::uint32_t oid) {
  TRY_ASSIGN(const Rows rows,
             connection.query(std::string(kPartsQuery) + kOnePart, {std::to_string(oid)}));
  if (rows.empty()) return std::optional<TablePart>();
  return std::optional<TablePart>(part_of(rows[0]));
}

std::string column_list(const Connection& connection, const Relation& relation) {
  std::string list;
  for (const Column& column : relation.columns) {
    list += (list.empty() ? "" : ", ") + connection.escape_identifier(column.name);
  }
  return list;
}

}  // namespace slotcast::pg
