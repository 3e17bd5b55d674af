#include "lib/pg/preflight.h"

#include <charconv>

namespace slotcast::pg {
namespace {

constexpr Duration kPatience = std::chrono::seconds(15);

// pg_stat_activity shows everybody whose a session is, but what kind of session only to some: a
// walsender is told by pg_stat_replication. Walsenders have places of their own, yet count in the
// limits of role and database.
constexpr const char* kInstanceQuery = R"(
WITH session AS (
  SELECT a.usesysid, a.datid,
         EXISTS (SELECT FROM pg_catalog.pg_stat_replication s WHERE s.pid = a.pid) AS is_sender
  FROM pg_catalog.pg_stat_activity a
  WHERE a.datid IS NOT NULL AND a.pid <> pg_catalog.pg_backend_pid())
SELECT pg_catalog.current_setting('server_version'), d.datname, r.rolname,
       r.rolsuper OR r.rolreplication OR EXISTS (
         SELECT FROM pg_catalog.pg_roles g
         WHERE g.rolname = 'rds_replication' AND pg_catalog.pg_has_role(r.oid, g.oid, 'MEMBER')),
       pg_catalog.has_database_privilege(d.oid, 'CREATE'),
       EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'rds_replication'),
       (SELECT min(p.oid::regprocedure::text) FROM pg_catalog.pg_proc p
        WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname = 'pg_logical_emit_message'
          AND p.proargtypes[2] = 'text'::regtype
          AND NOT pg_catalog.has_function_privilege(p.oid, 'EXECUTE')),
       pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('wal_level'),
       pg_catalog.current_setting('max_replication_slots'),
       (SELECT count(*) FROM pg_catalog.pg_replication_slots),
       (SELECT pg_catalog.string_agg(slot_name, ', ' ORDER BY slot_name)
        FROM pg_catalog.pg_replication_slots WHERE NOT active),
       pg_catalog.current_setting('max_wal_senders'),
       (SELECT count(*) FROM pg_catalog.pg_stat_replication),
       pg_catalog.current_setting('max_connections')::int - CASE WHEN r.rolsuper THEN 0 ELSE
         pg_catalog.current_setting('superuser_reserved_connections')::int
         + coalesce(pg_catalog.current_setting('reserved_connections', true), '0')::int END,
       (SELECT count(*) FROM session WHERE NOT is_sender),
       CASE WHEN r.rolsuper THEN -1 ELSE r.rolconnlimit END,
       (SELECT count(*) FROM session WHERE usesysid = r.oid),
       CASE WHEN r.rolsuper THEN -1 ELSE d.datconnlimit END,
       (SELECT count(*) FROM session WHERE datid = d.oid),
       pg_catalog.current_setting('max_slot_wal_keep_size', true),
       pg_catalog.current_setting('idle_replication_slot_timeout', true)
FROM pg_catalog.pg_roles r, pg_catalog.pg_database d
WHERE r.rolname = current_user AND d.datname = pg_catalog.current_database())";

std::int64_t number_of(const Field& field) {
  std::int64_t value = 0;
  if (field) std::from_chars(field->data(), field->data() + field->size(), value);
  return value;
}

Budget budget_of(const std::vector<Field>& row, std::size_t most, std::size_t used) {
  return {number_of(row[most]), number_of(row[used])};
}

// It may be refused for many reasons, most of which are found otherwise: that is no error here.
void ask_replication(const Options& options, PreflightFacts& facts) {
  auto connection = Connection::open(options, Connection::Mode::Replication);
  if (!connection.ok()) {
    facts.replication_error = connection.error().what;
    return;
  }
  connection.value().set_patience(kPatience);
  auto read = read_server_facts(connection.value(), options.slot);
  if (read.ok()) {
    facts.replication = std::move(read).value();
  } else {
    facts.replication_error = read.error().what;
  }
}

}  // namespace

Result<InstanceFacts> read_instance(Connection& connection) {
  TRY_ASSIGN(const Rows rows, connection.query(kInstanceQuery));
  if (rows.empty()) return corrupt("the server does not know who we are");
  const auto& row = rows[0];
  InstanceFacts facts;
  facts.version = connection.server_version();
  facts.version_text = row[0].value_or("");
  facts.database = row[1].value_or("");
  facts.role.name = row[2].value_or("");
  facts.role.may_replicate = row[3] == "t";
  facts.role.may_create = row[4] == "t";
  facts.role.has_rds_replication = row[5] == "t";
  facts.role.may_not_execute = row[6].value_or("");
  facts.in_recovery = row[7] == "t";
  facts.wal_level = row[8].value_or("");
  facts.slots = budget_of(row, 9, 10);
  facts.idle_slots = row[11].value_or("");
  facts.senders = budget_of(row, 12, 13);
  facts.connections = budget_of(row, 14, 15);
  facts.role_connections = budget_of(row, 16, 17);
  facts.database_connections = budget_of(row, 18, 19);
  facts.wal_keep_size = row[20].value_or("");
  facts.idle_timeout = row[21].value_or("");
  return facts;
}

Result<PreflightFacts> read_preflight(const Options& options) {
  PreflightFacts facts;
  TRY_ASSIGN(Connection connection, Connection::open(options, Connection::Mode::Sql));
  connection.set_patience(kPatience);
  if (connection.server_version() < 130000) {
    return invalid("the server is older than PostgreSQL 13, which slotcast needs");
  }
  TRY(connection.query("SET lock_timeout = '2s'").status());
  TRY_ASSIGN(facts.instance, read_instance(connection));
  TRY_ASSIGN(facts.slot, read_slot(connection, options.slot));
  TRY_ASSIGN(facts.publications, read_publications(connection, options));
  TRY(read_table_facts(connection, options, facts));
  ask_replication(options, facts);
  return facts;
}

}  // namespace slotcast::pg
