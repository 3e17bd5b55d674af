#include <charconv>
#include <map>

#include "lib/pg/preflight.h"

namespace slotcast::pg {
namespace {

constexpr Duration kSizePatience = std::chrono::seconds(5);

// Every relation that a route may name, each with all partitions below it. pg_inherits is read
// instead of pg_partition_tree(), which would wait for the locks of each partition.
constexpr const char* kParts = R"(
WITH RECURSIVE part(root, oid) AS (
  SELECT c.oid, c.oid FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
    AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_%'
  UNION ALL
  SELECT part.root, i.inhrelid FROM part
  JOIN pg_catalog.pg_inherits i ON i.inhparent = part.oid
  JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relispartition)
)";

// Indexes that could be an identity, each with its columns.
constexpr const char* kKeys = R"(
, key AS (
  SELECT i.indrelid, i.indexrelid, x.relname AS name, i.indisprimary, i.indisreplident,
         i.indimmediate, pg_catalog.bool_and(a.attnotnull) AS is_not_null,
         pg_catalog.string_agg(a.attname, ', ' ORDER BY k.place) AS columns,
         pg_catalog.string_agg(a.attname, ', ' ORDER BY k.place) FILTER (
           WHERE a.attstorage <> 'p' AND NOT a.atttypmod BETWEEN 0 AND 1000
             AND (t.typcategory = 'S' OR t.typname IN ('bytea', 'jsonb'))) AS wide
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
  CROSS JOIN LATERAL pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY k(number, place)
  JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  WHERE i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
    AND k.place <= i.indnkeyatts
  GROUP BY i.indrelid, i.indexrelid, x.relname, i.indisprimary, i.indisreplident, i.indimmediate)
, identity AS (
  SELECT key.* FROM key JOIN pg_catalog.pg_class c ON c.oid = key.indrelid
  WHERE key.indimmediate AND ((c.relreplident = 'd' AND key.indisprimary)
                              OR (c.relreplident = 'i' AND key.indisreplident)))
)";

// A snapshot reads each partition by its own name: rights and row security are those of each, and
// of the whole; what is between them is never read.
constexpr const char* kWholes = R"(
, member AS (
  SELECT p.root, c.*, c.oid <> p.root AS is_leaf, n.oid AS schema_oid,
         pg_catalog.quote_ident(n.nspname) AS schema,
         pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS name
  FROM part p JOIN pg_catalog.pg_class c ON c.oid = p.oid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.oid = p.root OR c.relkind <> 'p')
, whole AS (
  SELECT m.root, count(*) FILTER (WHERE m.is_leaf) AS partitions,
         sum((m.relpages + coalesce(toast.relpages, 0))::bigint)
           * pg_catalog.current_setting('block_size')::bigint AS bytes,
         coalesce(sum(m.reltuples) FILTER (WHERE m.relkind <> 'p' AND m.reltuples >= 0),
                  -1)::bigint AS rows,
         pg_catalog.bool_or(pg_catalog.row_security_active(m.oid)) AS is_secured,
         pg_catalog.string_agg(m.name, ', ' ORDER BY m.name) FILTER (
           WHERE NOT pg_catalog.has_table_privilege(m.oid, 'SELECT')) AS unreadable,
         pg_catalog.string_agg(DISTINCT m.schema, ', ') FILTER (
           WHERE NOT pg_catalog.has_schema_privilege(m.schema_oid, 'USAGE')) AS closed,
         min(m.name) FILTER (
           WHERE m.is_leaf AND m.relreplident <> 'f'
             AND NOT EXISTS (SELECT FROM identity i WHERE i.indrelid = m.oid)) AS without
  FROM member m LEFT JOIN pg_catalog.pg_class toast ON toast.oid = m.reltoastrelid
  GROUP BY m.root)
)";

constexpr const char* kTables = R"(
SELECT c.oid, n.nspname, c.relname,
       (SELECT i.inhparent FROM pg_catalog.pg_inherits i
        WHERE i.inhrelid = c.oid ORDER BY i.inhseqno LIMIT 1),
       c.relkind, c.relpersistence = 'u', c.relispartition, c.relreplident,
       identity.name, identity.columns, identity.indisprimary, identity.wide,
       primary_key.columns, NOT primary_key.indimmediate,
       (SELECT key.name FROM key
        WHERE key.indrelid = c.oid AND key.indimmediate AND key.is_not_null
          AND NOT key.indisprimary ORDER BY pg_catalog.length(key.columns), key.name LIMIT 1),
       (SELECT pg_catalog.string_agg(a.attname, ', ' ORDER BY a.attnum)
        FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = c.oid AND a.attgenerated <> '' AND NOT a.attisdropped),
       pg_catalog.pg_has_role(c.relowner, 'USAGE'),
       whole.partitions, whole.bytes, whole.rows, whole.is_secured, whole.unreadable, whole.closed,
       whole.without
FROM whole
JOIN pg_catalog.pg_class c ON c.oid = whole.root
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN identity ON identity.indrelid = c.oid
LEFT JOIN key primary_key ON primary_key.indrelid = c.oid AND primary_key.indisprimary
ORDER BY n.nspname, c.relname)";

constexpr const char* kSizes = R"(
SELECT p.root, sum(pg_catalog.pg_table_size(p.oid)) FROM part p GROUP BY p.root)";

template <class T>
T number(const Field& field) {
  T value{};
  if (field) std::from_chars(field->data(), field->data() + field->size(), value);
  return value;
}

char letter(const Field& field) {
  return field && !field->empty() ? (*field)[0] : ' ';
}

TableFacts facts_of(const std::vector<Field>& row) {
  TableFacts facts;
  facts.oid = number<std::uint32_t>(row[0]);
  facts.source = {row[1].value_or(""), row[2].value_or("")};
  facts.parent = number<std::uint32_t>(row[3]);
  facts.kind = letter(row[4]);
  facts.is_unlogged = row[5] == "t";
  facts.is_partition = row[6] == "t";
  facts.replica_identity = letter(row[7]);
  facts.identity_index = row[8].value_or("");
  facts.identity_columns = row[9].value_or("");
  facts.identity_is_primary = row[10] == "t";
  facts.wide_columns = row[11].value_or("");
  facts.primary_key = row[12].value_or("");
  facts.primary_key_is_deferrable = row[13] == "t";
  facts.better_index = row[14].value_or("");
  facts.generated_columns = row[15].value_or("");
  facts.is_owner = row[16] == "t";
  facts.partitions = number<std::uint64_t>(row[17]);
  facts.bytes = number<std::uint64_t>(row[18]);
  facts.rows = number<std::int64_t>(row[19]);
  facts.is_row_security_active = row[20] == "t";
  facts.unreadable = row[21].value_or("");
  facts.closed_schemas = row[22].value_or("");
  facts.without_identity = row[23].value_or("");
  return facts;
}

using Places = std::map<std::uint32_t, TableFacts*>;

// Opens each table: behind an ALTER TABLE it would wait, and what VACUUM counted has to do.
bool add_sizes(Connection& connection, const Places& places) {
  const auto sizes = connection.query_within(std::string(kParts) + kSizes, kSizePatience);
  if (!sizes.ok() || !sizes.value()) return false;
  for (const auto& row : *sizes.value()) {
    const auto place = places.find(number<std::uint32_t>(row[0]));
    if (place != places.end()) place->second->bytes = number<std::uint64_t>(row[1]);
  }
  return true;
}

// Both are new in 15.
Status add_narrowed(Connection& connection, const Options& options, const Places& places) {
  if (connection.server_version() < 150000) return {};
  TRY_ASSIGN(const Rows rows,
             connection.query("SELECT r.prrelid FROM pg_catalog.pg_publication_rel r "
                              "JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid "
                              "WHERE p.pubname IN ($1, $2) "
                              "AND (r.prqual IS NOT NULL OR r.prattrs IS NOT NULL)",
                              {options.publication, options.insert_publication()}));
  for (const auto& row : rows) {
    const auto place = places.find(number<std::uint32_t>(row[0]));
    if (place != places.end()) place->second->is_narrowed = true;
  }
  return {};
}

}  // namespace

Status read_table_facts(Connection& connection, const Options& options, PreflightFacts& facts) {
  TRY_ASSIGN(const Rows rows, connection.query(std::string(kParts) + kKeys + kWholes + kTables));
  TRY_ASSIGN(const auto publishable, list_tables(connection));
  std::map<std::string, bool> identities;
  for (const SourceTable& table : publishable) identities[table.full_name()] = table.has_identity;
  for (const auto& row : rows) facts.tables.push_back(facts_of(row));
  Places places;
  for (TableFacts& table : facts.tables) {
    const auto found = identities.find(table.source.full_name());
    table.is_publishable = found != identities.end();
    table.source.has_identity = table.is_publishable && found->second;
    places[table.oid] = &table;
  }
  TRY(add_narrowed(connection, options, places));
  facts.sizes_are_estimates = !add_sizes(connection, places);
  return {};
}

}  // namespace slotcast::pg
