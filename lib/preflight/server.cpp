#include "lib/pg/quote.h"
#include "lib/preflight/draft.h"

namespace slotcast::preflight {
namespace {

// The pipeline's own: one asks the slot's health, one the catalog, and one holds the locks of the
// first copy, or later reads chunks. Each of the copy's workers has one more.
constexpr std::int64_t kSqlConnections = 3;

// Amazon's service takes no ALTER SYSTEM.
void set(Draft& draft, const std::string& name, const std::string& value, bool by_restart) {
  auto& settings = draft.script.settings;
  if (draft.facts.instance.role.has_rds_replication) {
    suggest(settings,
            "in the parameter group: " +
                (name == "wal_level" ? "rds.logical_replication = 1" : name + " = " + value) +
                (by_restart ? ", then restart the server" : ""));
    return;
  }
  add(settings, "ALTER SYSTEM SET " + name + " = " + value + ";" +
                    (by_restart ? "  -- then restart the server" : ""));
}

void examine_settings(Draft& draft) {
  const pg::InstanceFacts& server = draft.facts.instance;
  if (server.in_recovery) {
    draft.error(
        "the server is a standby; point source.postgres at the primary "
        "(target_session_attrs=primary)");
  }
  // From 19 on, logical decoding turns itself on with the first logical slot.
  const bool decodes =
      server.wal_level == "logical" || (server.version >= 190000 && server.wal_level == "replica");
  if (!decodes) {
    draft.error("wal_level is " + server.wal_level +
                ": set it to logical, which takes a restart of the server");
    set(draft, "wal_level", "logical", true);
  }
  if (server.version < 140000) {
    draft.warning(
        "before PostgreSQL 14 a sink that is added later does not get the rows that are in its "
        "tables");
  }
  if (server.wal_keep_size == "-1") {
    draft.warning(
        "max_slot_wal_keep_size is unlimited: while slotcast is stopped, the slot's WAL fills the "
        "server's disk; set how much may be kept");
    suggest(draft.script.settings,
            "ALTER SYSTEM SET max_slot_wal_keep_size = '50GB'; SELECT pg_reload_conf();"
            "  -- as much as its disk can spare");
  }
  if (!server.idle_timeout.empty() && server.idle_timeout != "0") {
    draft.warning("idle_replication_slot_timeout is " + server.idle_timeout +
                  ": when slotcast is stopped for longer, the server invalidates the slot and "
                  "what was committed meanwhile is lost");
  }
}

void examine_role(Draft& draft) {
  const pg::RoleFacts& role = draft.facts.instance.role;
  const std::string name = pg::quote_identifier(role.name);
  if (!role.may_replicate) {
    draft.error("role " + role.name + " lacks the REPLICATION attribute");
    add(draft.script.rights, role.has_rds_replication ? "GRANT rds_replication TO " + name + ";"
                                                      : "ALTER ROLE " + name + " REPLICATION;");
  }
  if (!role.may_not_execute.empty()) {
    draft.warning("role " + role.name + " may not execute " + role.may_not_execute +
                  ": a sink that is added later cannot get the rows of its tables");
    add(draft.script.rights,
        "GRANT EXECUTE ON FUNCTION pg_catalog." + role.may_not_execute + " TO " + name + ";");
  }
}

std::string used_of(const pg::Budget& budget) {
  return std::to_string(budget.used) + " of " + std::to_string(budget.most) + " are in use";
}

void examine_slots(Draft& draft) {
  const pg::InstanceFacts& server = draft.facts.instance;
  if (!draft.facts.slot && !server.slots.has_room_for(1)) {
    draft.error("no replication slot is free, " + used_of(server.slots) +
                "; raise max_replication_slots" +
                (server.idle_slots.empty() ? ""
                                           : ", or drop one that nobody needs: nobody reads " +
                                                 server.idle_slots + " at the moment"));
    set(draft, "max_replication_slots", std::to_string(server.slots.used + 4), true);
  }
  // The new slot's snapshot lives as long as the connection that made it, until all is copied.
  const std::int64_t senders = draft.copies_first() ? 2 : 1;
  if (server.senders.has_room_for(senders)) return;
  const std::string text = "wal senders: " + used_of(server.senders) + ", and slotcast needs " +
                           std::to_string(senders) +
                           (senders == 2 ? " while it copies the tables" : "") +
                           "; raise max_wal_senders";
  if (server.senders.has_room_for(1)) {
    draft.warning(text);
  } else {
    draft.error(text);
  }
  set(draft, "max_wal_senders", std::to_string(server.senders.used + 4), true);
}

void examine_connections(Draft& draft) {
  const pg::InstanceFacts& server = draft.facts.instance;
  const bool copies = draft.copies_first();
  const std::int64_t sql = kSqlConnections + (copies ? draft.wanted.snapshot_workers : 0);
  const std::int64_t all = sql + (copies ? 2 : 1);  // with walsenders
  const auto lacks = [&](const std::string& whose, const pg::Budget& budget, std::int64_t wanted) {
    if (budget.has_room_for(wanted)) return false;
    draft.error(whose + ": " + used_of(budget) + ", and slotcast needs " + std::to_string(wanted) +
                " more");
    return true;
  };
  if (lacks("connections of the server", server.connections, sql)) {
    set(draft, "max_connections", std::to_string(server.connections.used + sql + 20), true);
  }
  if (lacks("connections of role " + server.role.name, server.role_connections, all)) {
    add(draft.script.rights, "ALTER ROLE " + pg::quote_identifier(server.role.name) +
                                 " CONNECTION LIMIT " +
                                 std::to_string(server.role_connections.used + all) + ";");
  }
  if (lacks("connections of database " + server.database, server.database_connections, all)) {
    add(draft.script.rights, "ALTER DATABASE " + pg::quote_identifier(server.database) +
                                 " CONNECTION LIMIT " +
                                 std::to_string(server.database_connections.used + all) + ";");
  }
}

}  // namespace

void examine_server(Draft& draft) {
  examine_settings(draft);
  examine_role(draft);
  // A pipeline that runs has what it needs, and is counted among those that use it.
  const bool is_running = draft.facts.slot && draft.facts.slot->active_pid;
  if (!is_running) {
    examine_slots(draft);
    examine_connections(draft);
  }
  if (draft.facts.replication || draft.report.count(Finding::Kind::Error) > 0) return;
  const std::string why = draft.facts.replication_error;
  if (is_running) {
    draft.note("there is no second replication connection to ask the guards of a start: " + why);
  } else {
    draft.error("no replication connection can be made: " + why);
  }
}

}  // namespace slotcast::preflight
