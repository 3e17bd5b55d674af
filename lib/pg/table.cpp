#include "lib/pg/table.h"

#include <charconv>

namespace slotcast::pg {
namespace {

// What the output plugin writes into a Relation message. Generated columns are not in the stream.
// The identity's columns: all with FULL, those of the primary key or of the chosen index else.
constexpr const char* kColumnsQuery = R"(
SELECT c.oid, c.relreplident, a.attname, a.atttypid, a.atttypmod,
       c.relreplident = 'f' OR coalesce(
         pg_catalog.array_position(i.indkey::int2[], a.attnum) < i.indnkeyatts, false),
       a.attstorage <> 'p'
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a
  ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
LEFT JOIN pg_catalog.pg_index i
  ON i.indrelid = c.oid AND i.indisvalid AND i.indimmediate
 AND ((c.relreplident = 'd' AND i.indisprimary) OR (c.relreplident = 'i' AND i.indisreplident))
WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p')
ORDER BY a.attnum)";

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

template <class T>
T number(const Field& field) {
  T value{};
  if (field) std::from_chars(field->data(), field->data() + field->size(), value);
  return value;
}

TablePart part_of(const std::vector<Field>& row) {
  return {number<std::uint32_t>(row[0]), number<std::uint32_t>(row[1]),
          row[2].value_or(""),           number<std::uint64_t>(row[3]),
          number<std::uint64_t>(row[4]), number<std::uint64_t>(row[5])};
}

}  // namespace

Result<Table> read_table(Connection& connection, const std::string& schema,
                         const std::string& table) {
  TRY_ASSIGN(const Rows columns, connection.query(kColumnsQuery, {schema, table}));
  if (columns.empty()) {
    return invalid("table " + schema + "." + table + " does not exist or has no column");
  }
  Table found;
  found.relation.id = {number<std::uint32_t>(columns[0][0])};
  found.relation.schema = schema;
  found.relation.table = table;
  found.relation.replica_identity = columns[0][1].value_or("d")[0];
  for (const auto& row : columns) {
    Column column;
    column.name = row[2].value_or("");
    column.type_oid = number<std::uint32_t>(row[3]);
    column.type_modifier = number<std::int32_t>(row[4]);
    column.is_key = row[5] == "t";
    found.relation.columns.push_back(std::move(column));
    found.has_long_values |= row[6] == "t";
  }
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
