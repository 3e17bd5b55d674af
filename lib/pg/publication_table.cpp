#include "lib/pg/publication_table.h"

#include <algorithm>
#include <charconv>

#include "lib/pg/quote.h"

namespace slotcast::pg {
namespace {

constexpr const char* kTablesSelect = R"(
SELECT p.pubname, n.nspname, c.relname, r.oid IS NOT NULL, pg_catalog.string_agg(
         '"' || pg_catalog.replace(a.attname, '"', '""') || '"', ', ' ORDER BY a.attnum),
       pg_catalog.pg_get_expr(r.prqual, r.prrelid)
FROM (SELECT DISTINCT pubname, schemaname, tablename FROM pg_catalog.pg_publication_tables
      WHERE pubname IN ($1, $2)) t
JOIN pg_catalog.pg_publication p ON p.pubname = t.pubname
JOIN pg_catalog.pg_namespace n ON n.nspname = t.schemaname
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = t.tablename
LEFT JOIN pg_catalog.pg_publication_rel r ON r.prpubid = p.oid AND r.prrelid = c.oid
LEFT JOIN pg_catalog.pg_attribute a
  ON a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs::int2[])
GROUP BY p.pubname, n.nspname, c.relname, r.oid, r.prqual, r.prrelid
ORDER BY p.pubname, n.nspname, c.relname)";

constexpr const char* kColumnsSelect = R"(
SELECT a.attname FROM pg_catalog.pg_publication_rel r
JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid AND p.pubname IN ($1, $2)
JOIN pg_catalog.pg_attribute a
  ON a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs::int2[])
WHERE r.prrelid = $3::oid)";

// A partitioned table between root and rows has no rows, and its identity means nothing.
constexpr const char* kIdentitiesSelect = R"(
WITH RECURSIVE part(root, oid) AS (
  SELECT c.oid, c.oid FROM pg_catalog.pg_class c WHERE c.oid = ANY ($1::oid[])
  UNION ALL
  SELECT part.root, i.inhrelid FROM part
  JOIN pg_catalog.pg_inherits i ON i.inhparent = part.oid
  JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relispartition)
SELECT part.root, m.oid, m.relkind, m.relreplident, a.attname
FROM part
JOIN pg_catalog.pg_class m ON m.oid = part.oid AND (m.oid = part.root OR m.relkind <> 'p')
LEFT JOIN pg_catalog.pg_index i
  ON i.indrelid = m.oid AND i.indisvalid AND i.indimmediate
 AND ((m.relreplident = 'd' AND i.indisprimary) OR (m.relreplident = 'i' AND i.indisreplident))
LEFT JOIN pg_catalog.pg_attribute a
  ON a.attrelid = m.oid AND a.attnum = ANY (i.indkey::int2[])
 AND pg_catalog.array_position(i.indkey::int2[], a.attnum) < i.indnkeyatts
ORDER BY part.root, m.oid)";

std::uint32_t oid_of(const Field& field) {
  std::uint32_t oid = 0;
  if (field) std::from_chars(field->data(), field->data() + field->size(), oid);
  return oid;
}

std::string element_of(const SourceTable& table, const Narrowing& narrowing) {
  std::string text = "TABLE ONLY " + quote_table(table.schema, table.table);
  if (!narrowing.columns.empty()) text += " (" + narrowing.columns + ")";
  if (!narrowing.filter.empty()) text += " WHERE (" + narrowing.filter + ")";
  return text;
}

// What one table's rows are checked by.
struct Part {
  char kind = 'r';
  char identity = 'd';
  std::set<std::string> columns;
};

void add_part(const Part& part, Identities& identities, bool is_first) {
  if (part.kind == 'p') return;
  identities.in_any.insert(part.columns.begin(), part.columns.end());
  if (part.identity == 'f') {
    identities.has_full = true;
    return;
  }
  identities.is_every_full = false;
  if (is_first) {
    identities.in_every = part.columns;
    return;
  }
  std::erase_if(identities.in_every,
                [&](const std::string& column) { return part.columns.count(column) == 0; });
}

}  // namespace

Result<std::vector<PublishedTable>> read_published_tables(Connection& connection,
                                                          const Options& options) {
  std::vector<PublishedTable> tables;
  if (connection.server_version() < kNarrowsSince) return tables;
  TRY_ASSIGN(const Rows rows,
             connection.query(kTablesSelect, {options.publication, options.insert_publication()}));
  for (const auto& row : rows) {
    PublishedTable& table = tables.emplace_back();
    table.publication = row[0].value_or("");
    table.table = {row[1].value_or(""), row[2].value_or("")};
    table.is_own = row[3] == "t";
    table.narrowing = {row[4].value_or(""), row[5].value_or("")};
  }
  return tables;
}

std::string columns_text(const std::vector<std::string>& columns) {
  std::string text;
  for (const std::string& column : columns) {
    text += (text.empty() ? "" : ", ") + quote_identifier(column);
  }
  return text;
}

std::vector<std::string> narrow_statements(const std::string& publication, const SourceTable& table,
                                           const Narrowing& narrowing) {
  const std::string alter = "ALTER PUBLICATION " + quote_identifier(publication);
  return {"BEGIN;", alter + " DROP TABLE ONLY " + quote_table(table.schema, table.table) + ";",
          alter + " ADD " + element_of(table, narrowing) + ";", "COMMIT;"};
}

std::string narrow_ddl(const std::string& publication, const SourceTable& table,
                       const Narrowing& narrowing) {
  const auto statements = narrow_statements(publication, table, narrowing);
  return statements[1] + " " + statements[2];
}

// Source: release notes of PostgreSQL 15.13, 16.9 and 17.5, "Fix data loss in logical replication":
// DDL that takes no strong lock on the table, ALTER PUBLICATION among it.
std::string wait_for_writers(int server_version, const SourceTable& table) {
  const int major = server_version / 10000;
  const int minor = server_version % 10000;
  const bool is_mended = major >= 18 || (major == 17 && minor >= 5) ||
                         (major == 16 && minor >= 9) || (major == 15 && minor >= 13);
  if (is_mended) return {};
  return "LOCK TABLE " + quote_table(table.schema, table.table) + " IN SHARE ROW EXCLUSIVE MODE; ";
}

std::string narrow_script(const std::string& publication, const SourceTable& table,
                          const Narrowing& narrowing) {
  return "BEGIN; " + narrow_ddl(publication, table, narrowing) + " COMMIT;";
}

Result<std::string> find_refusal(Connection& connection, const Options& options,
                                 const SourceTable& table, const Narrowing& narrowing,
                                 Duration patience) {
  TRY(connection.query("BEGIN").status());
  const std::string name = quote_identifier(options.publication.substr(0, 50) + "_tried");
  const auto tried = connection.query_within("CREATE PUBLICATION " + name + " FOR " +
                                                 element_of(table, narrowing) +
                                                 " WITH (publish_via_partition_root = true)",
                                             patience);
  TRY(connection.query("ROLLBACK").status());
  if (tried.ok() && tried.value()) return std::string();
  if (tried.ok()) return transient("a lock on table " + table.full_name() + " was not given up");
  if (tried.error().kind == ErrorKind::Transient) return tried.error();
  return tried.error().what;
}

Status keep_published(Connection& connection, const Options& options, Relation& relation) {
  if (connection.server_version() < kNarrowsSince) return {};
  TRY_ASSIGN(const Rows rows,
             connection.query(kColumnsSelect, {options.publication, options.insert_publication(),
                                               std::to_string(relation.id.oid)}));
  std::set<std::string> published;
  for (const auto& row : rows) published.insert(row[0].value_or(""));
  if (published.empty()) return {};
  std::erase_if(relation.columns,
                [&](const Column& column) { return published.count(column.name) == 0; });
  return {};
}

Result<std::map<std::uint32_t, Identities>> read_identities(Connection& connection,
                                                            const std::set<std::uint32_t>& tables) {
  std::string list;
  for (const std::uint32_t oid : tables) list += (list.empty() ? "" : ",") + std::to_string(oid);
  TRY_ASSIGN(const Rows rows, connection.query(kIdentitiesSelect, {"{" + list + "}"}));
  std::map<std::uint32_t, std::map<std::uint32_t, Part>> parts;
  for (const auto& row : rows) {
    Part& part = parts[oid_of(row[0])][oid_of(row[1])];
    part.kind = row[2].value_or("r")[0];
    part.identity = row[3].value_or("d")[0];
    if (row[4]) part.columns.insert(*row[4]);
  }
  std::map<std::uint32_t, Identities> all;
  for (const auto& [root, members] : parts) {
    Identities& identities = all[root];
    for (const auto& [oid, part] : members) {
      identities.is_partitioned |= part.kind == 'p';
      add_part(part, identities, identities.is_every_full);
    }
  }
  return all;
}

}  // namespace slotcast::pg
