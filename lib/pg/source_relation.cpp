#include "lib/pg/source_relation.h"

#include <map>

#include "lib/pg/catalog.h"
#include "lib/pg/field.h"
#include "lib/pg/quote.h"
#include "lib/pg/type_facts.h"

namespace slotcast::pg {
namespace {

// ALTER TABLE ... REPLICA IDENTITY FULL of a partitioned table leaves its partitions as they are.
// pg_inherits is read instead of pg_partition_tree(), which would wait for each partition's lock.
constexpr const char* kTablesSelect = R"(
SELECT c.oid, n.nspname, c.relname, c.relreplident,
       c.relkind = 'p' AND c.relreplident = 'f' AND EXISTS (
         WITH RECURSIVE part(oid) AS (
           SELECT c.oid UNION ALL
           SELECT i.inhrelid FROM part JOIN pg_catalog.pg_inherits i ON i.inhparent = part.oid)
         SELECT FROM part JOIN pg_catalog.pg_class m ON m.oid = part.oid
         WHERE m.relkind <> 'p' AND m.relreplident <> 'f')
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace )";
constexpr const char* kOfName = R"(
JOIN ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[]))
  WITH ORDINALITY wanted(schema, name, place)
  ON wanted.schema = n.nspname AND wanted.name = c.relname
WHERE c.relkind IN ('r', 'p') ORDER BY wanted.place)";
constexpr const char* kOfOid = "WHERE c.relkind IN ('r', 'p') AND c.oid = $1::oid";

// What the output plugin writes into a Relation message. Generated columns are not in the stream.
// The identity's columns: all with FULL, those of the primary key or of the chosen index else. A
// partition may store a column in another way than its table, as far as the type allows.
constexpr const char* kColumnsSelect = R"(
SELECT c.oid, a.attname, a.atttypid, a.atttypmod,
       c.relreplident = 'f' OR coalesce(
         pg_catalog.array_position(i.indkey::int2[], a.attnum) < i.indnkeyatts, false),
       coalesce(
         pg_catalog.array_position(k.indkey::int2[], a.attnum) < k.indnkeyatts, false),
       a.attstorage <> 'p' OR (c.relkind = 'p' AND t.typstorage <> 'p'),
       coalesce(collation_class.letter, '-'),
       a.attgenerated <> '' AND NOT $2::bool
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_attribute a
  ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_index k ON k.indrelid = c.oid AND k.indisprimary
LEFT JOIN pg_catalog.pg_index i
  ON i.indrelid = c.oid AND i.indisvalid AND i.indimmediate
 AND ((c.relreplident = 'd' AND i.indisprimary) OR (c.relreplident = 'i' AND i.indisreplident))
LEFT JOIN )";
constexpr const char* kColumnsWhere = R"( collation_class
  ON collation_class.oid = a.attcollation
WHERE c.oid = ANY ($1::oid[])
ORDER BY c.oid, a.attnum)";

Column column_of(const std::vector<Field>& row) {
  Column column;
  column.name = row[1].value_or("");
  column.type_oid = number<std::uint32_t>(row[2]);
  column.type_modifier = number<std::int32_t>(row[3]);
  column.is_key = row[4] == "t";
  column.is_primary_key = row[5] == "t";
  column.collation = static_cast<Collation>(letter(row[7]));
  return column;
}

struct Selection {
  const char* which;
  std::vector<std::string> parameters;
  const char* with_generated;
};

Status add_columns(Connection& connection, const Selection& selection,
                   std::vector<SourceRelation>& tables) {
  if (tables.empty()) return {};
  std::map<std::uint32_t, SourceRelation*> places;
  std::set<std::uint32_t> oids;
  for (SourceRelation& table : tables) {
    oids.insert(table.relation.id.oid);
    places[table.relation.id.oid] = &table;
  }
  TRY_ASSIGN(const Rows rows, connection.query(kColumnsSelect + collation_classes() + kColumnsWhere,
                                               {oid_array(oids), selection.with_generated}));
  for (const auto& row : rows) {
    SourceRelation& table = *places.at(number<std::uint32_t>(row[0]));
    if (row[8] == "t") {
      table.unsent.push_back(row[1].value_or(""));
      continue;
    }
    table.relation.columns.push_back(column_of(row));
    table.may_be_long.push_back(row[6] == "t");
  }
  return {};
}

Result<std::vector<SourceRelation>> read_selected(Connection& connection,
                                                  const Selection& selection) {
  TRY_ASSIGN(const Rows rows,
             connection.query(std::string(kTablesSelect) + selection.which, selection.parameters));
  std::vector<SourceRelation> tables;
  for (const auto& row : rows) {
    Relation& relation = tables.emplace_back().relation;
    relation.id = {number<std::uint32_t>(row[0])};
    relation.schema = row[1].value_or("");
    relation.table = row[2].value_or("");
    relation.replica_identity = letter(row[3]);
    relation.is_full_in_part = row[4] == "t";
  }
  TRY(add_columns(connection, selection, tables));
  return tables;
}

}  // namespace

Result<std::vector<SourceRelation>> read_announced(Connection& connection,
                                                   const std::vector<SourceTable>& tables) {
  std::vector<std::string> schemas;
  std::vector<std::string> names;
  for (const SourceTable& table : tables) {
    schemas.push_back(table.schema);
    names.push_back(table.table);
  }
  return read_selected(connection, {kOfName, {text_array(schemas), text_array(names)}, "f"});
}

Result<Relation> read_every_column(Connection& connection, RelationId id) {
  TRY_ASSIGN(auto found, read_selected(connection, {kOfOid, {std::to_string(id.oid)}, "t"}));
  return found.empty() ? Relation() : std::move(found[0].relation);
}

Result<std::vector<SourceRelation>> read_relations(Connection& connection,
                                                   const std::vector<SourceTable>& tables) {
  TRY_ASSIGN(std::vector<SourceRelation> found, read_announced(connection, tables));
  std::set<std::uint32_t> types;
  for (const SourceRelation& table : found) {
    for (const Column& column : table.relation.columns) types.insert(column.type_oid);
  }
  TRY_ASSIGN(const TypeFacts facts, read_type_facts(connection, types));
  for (SourceRelation& table : found) {
    apply(catalog_of(table.relation, facts, table.relation), table.relation);
  }
  return found;
}

}  // namespace slotcast::pg
