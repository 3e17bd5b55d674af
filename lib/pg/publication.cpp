#include "lib/pg/publication.h"

namespace slotcast::pg {
namespace {

// relreplident 'd' counts only with a primary key that is not deferrable, 'i' only while its index
// is there. A partitioned table's rows are checked by their own partition's identity, which does
// not follow the root's: one leaf without is enough to make the application's UPDATE fail.
constexpr const char* kTablesQuery = R"(
SELECT n.nspname, c.relname, (
  SELECT pg_catalog.bool_and(
           m.relreplident = 'f'
           OR EXISTS (SELECT FROM pg_catalog.pg_index i
                      WHERE i.indrelid = m.oid AND i.indisvalid AND i.indimmediate
                        AND ((m.relreplident = 'd' AND i.indisprimary)
                             OR (m.relreplident = 'i' AND i.indisreplident))))
  FROM pg_catalog.pg_class m
  WHERE m.oid = c.oid OR m.oid IN (SELECT relid FROM pg_catalog.pg_partition_tree(c.oid)
                                    WHERE isleaf))
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence = 'p'
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_%'
ORDER BY n.nspname, c.relname)";

std::string create_statement(const Connection& connection, const std::string& name,
                             const std::vector<SourceTable>& tables, bool with_identity) {
  std::string list;
  for (const SourceTable& table : tables) {
    if (table.has_identity != with_identity) continue;
    // ONLY: a table that inherits from this one has an identity of its own, or none, and is listed
    // for itself. It makes no difference to partitions.
    list += list.empty() ? " FOR TABLE ONLY " : ", ONLY ";
    list += connection.escape_identifier(table.schema) + "." +
            connection.escape_identifier(table.table);
  }
  return "CREATE PUBLICATION " + connection.escape_identifier(name) + list + " WITH (publish = '" +
         (with_identity ? "insert, update, delete, truncate" : "insert") +
         "', publish_via_partition_root = true)";
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
  TRY_ASSIGN(const Rows publications,
             connection.query("SELECT pubname FROM pg_catalog.pg_publication WHERE pubname IN (" +
                              names + ")"));
  for (const auto& row : publications) {
    if (row[0] == options.publication) found.main_exists = true;
    if (row[0] == options.insert_publication()) found.insert_exists = true;
  }
  TRY_ASSIGN(const Rows tables,
             connection.query("SELECT DISTINCT schemaname || '.' || tablename FROM "
                              "pg_catalog.pg_publication_tables WHERE pubname IN (" +
                              names + ")"));
  for (const auto& row : tables) found.tables.push_back(row[0].value_or(""));
  return found;
}

std::vector<std::string> publication_ddl(const Connection& connection, const Options& options,
                                         const std::vector<SourceTable>& tables) {
  return {create_statement(connection, options.publication, tables, true),
          create_statement(connection, options.insert_publication(), tables, false)};
}

Status create_publications(Connection& connection, const Options& options,
                           const std::vector<SourceTable>& tables, Duration patience) {
  TRY_ASSIGN(const Publications existing, read_publications(connection, options));
  const auto statements = publication_ddl(connection, options, tables);
  // Statements sent as one are one transaction, and leave none open when they fail.
  std::string script;
  if (!existing.main_exists) script += statements[0] + ";";
  if (!existing.insert_exists) script += statements[1] + ";";
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
