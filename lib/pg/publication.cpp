#include "lib/pg/publication.h"

#include "lib/pg/quote.h"

namespace slotcast::pg {
namespace {

// relreplident 'd' counts only with a primary key that is not deferrable, 'i' only while its index
// is there. A partitioned table's rows are checked by their own partition's identity, which does
// not follow the root's: one leaf without is enough to make the application's UPDATE fail.
// pg_inherits is read instead of pg_partition_tree(), which waits for a lock of each partition.
constexpr const char* kTablesQuery = R"(
WITH RECURSIVE part(root, oid) AS (
  SELECT oid, oid FROM pg_catalog.pg_class
  WHERE relkind IN ('r', 'p') AND NOT relispartition AND relpersistence = 'p'
  UNION ALL
  SELECT part.root, i.inhrelid FROM part
  JOIN pg_catalog.pg_inherits i ON i.inhparent = part.oid
  JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relispartition)
SELECT n.nspname, c.relname, pg_catalog.bool_and(
         m.relreplident = 'f'
         OR EXISTS (SELECT FROM pg_catalog.pg_index i
                    WHERE i.indrelid = m.oid AND i.indisvalid AND i.indimmediate
                      AND ((m.relreplident = 'd' AND i.indisprimary)
                           OR (m.relreplident = 'i' AND i.indisreplident))))
FROM part
JOIN pg_catalog.pg_class m ON m.oid = part.oid AND (m.oid = part.root OR m.relkind <> 'p')
JOIN pg_catalog.pg_class c ON c.oid = part.root
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_%'
GROUP BY n.nspname, c.relname ORDER BY n.nspname, c.relname)";

// ONLY: a table that inherits from this one has an identity of its own, or none, and is listed for
// itself. It makes no difference to partitions.
std::string listed(const SourceTable& table) {
  return "ONLY " + quote_table(table.schema, table.table);
}

std::string create_statement(const std::string& name, const std::vector<SourceTable>& tables,
                             bool with_identity) {
  std::string list;
  for (const SourceTable& table : tables) {
    if (table.has_identity != with_identity) continue;
    list += (list.empty() ? " FOR TABLE " : ", ") + listed(table);
  }
  return "CREATE PUBLICATION " + quote_identifier(name) + list + " WITH (publish = '" +
         (with_identity ? kPublishAll : kPublishInserts) + "', publish_via_partition_root = true)";
}

}  // namespace

Result<std::vector<SourceTable>> list_tables(Connection& connection) {
  TRY_ASSIGN(const Rows rows, connection.query(kTablesQuery));
  std::vector<SourceTable> tables;
  for (const auto& row : rows) {
    tables.push_back({row[0].value_or(""), row[1].value_or(""), row[2].value_or("f") == "t"});
  }
  return tables;
}

Result<Publications> read_publications(Connection& connection, const Options& options) {
  const std::string names = connection.escape_literal(options.publication) + ", " +
                            connection.escape_literal(options.insert_publication());
  Publications found;
  const auto of = [&](const Field& name) -> Publication& {
    return name == options.publication ? found.main : found.insert;
  };
  // In the order in which CREATE PUBLICATION lists them.
  TRY_ASSIGN(const Rows publications,
             connection.query("SELECT pubname, pg_catalog.concat_ws(', ', "
                              "CASE WHEN pubinsert THEN 'insert' END, "
                              "CASE WHEN pubupdate THEN 'update' END, "
                              "CASE WHEN pubdelete THEN 'delete' END, "
                              "CASE WHEN pubtruncate THEN 'truncate' END), pubviaroot "
                              "FROM pg_catalog.pg_publication WHERE pubname IN (" +
                              names + ")"));
  for (const auto& row : publications) {
    of(row[0]).exists = true;
    of(row[0]).publish = row[1].value_or("");
    of(row[0]).via_root = row[2] == "t";
  }
  TRY_ASSIGN(const Rows tables,
             connection.query("SELECT DISTINCT pubname, schemaname || '.' || tablename FROM "
                              "pg_catalog.pg_publication_tables WHERE pubname IN (" +
                              names + ")"));
  for (const auto& row : tables) of(row[0]).tables.insert(row[1].value_or(""));
  return found;
}

std::vector<std::string> publication_ddl(const Options& options,
                                         const std::vector<SourceTable>& tables) {
  return {create_statement(options.publication, tables, true),
          create_statement(options.insert_publication(), tables, false)};
}

std::string add_table_ddl(const Options& options, const SourceTable& table) {
  const std::string name = table.has_identity ? options.publication : options.insert_publication();
  return "ALTER PUBLICATION " + quote_identifier(name) + " ADD TABLE " + listed(table);
}

Status create_publications(Connection& connection, const Options& options,
                           const std::vector<SourceTable>& tables, Duration patience) {
  TRY_ASSIGN(const Publications existing, read_publications(connection, options));
  const auto statements = publication_ddl(options, tables);
  // Statements sent as one are one transaction, and leave none open when they fail.
  std::string script;
  if (!existing.main.exists) script += statements[0] + ";";
  if (!existing.insert.exists) script += statements[1] + ";";
  if (script.empty()) return {};
  // It waits for VACUUM, ANALYZE and ALTER TABLE on each of the tables, and must not go on behind
  // our back: the next attempt would find the names taken.
  const auto made = connection.query_within(script, patience);
  if (made.ok() && made.value()) return {};
  if (made.ok()) {
    return transient("creating the publications: not done within " +
                     std::to_string(patience / std::chrono::seconds(1)) +
                     " s; they wait for a VACUUM, an ALTER TABLE or another lock on one of the "
                     "tables (pg_blocking_pids() names its process)");
  }
  if (made.error().kind != ErrorKind::Invalid) return made.error();
  return invalid(made.error().what + ". A DBA can run: " + statements[0] + "; " + statements[1] +
                 ";");
}

}  // namespace slotcast::pg
