#include "lib/pg/server_facts.h"

#include <charconv>
#include <sstream>

namespace slotcast::pg {
namespace {

template <class T>
T number_of(const Field& field, T otherwise) {
  if (!field) return otherwise;
  T value = otherwise;
  std::from_chars(field->data(), field->data() + field->size(), value);
  return value;
}

Lsn lsn_of(const Field& field) {
  return field ? parse_lsn(*field).value_or(Lsn{}) : Lsn{};
}

// The invalidation column has changed its name and form between versions.
std::string invalidation_column(int version) {
  if (version >= 170000) return "coalesce(invalidation_reason, '')";
  if (version >= 160000) return "CASE WHEN conflicting THEN 'conflict with recovery' ELSE '' END";
  return "''";
}

}  // namespace

Result<std::optional<SlotFacts>> read_slot(Connection& connection, const std::string& slot) {
  const int version = connection.server_version();
  const std::string two_phase = version >= 140000 ? "two_phase" : "false";
  TRY_ASSIGN(const Rows rows,
             connection.query("SELECT plugin, database, temporary, " + two_phase +
                              ", active_pid, restart_lsn, confirmed_flush_lsn, wal_status, "
                              "safe_wal_size, " +
                              invalidation_column(version) +
                              " FROM pg_catalog.pg_replication_slots WHERE slot_name = " +
                              connection.escape_literal(slot)));
  if (rows.empty()) return std::optional<SlotFacts>();
  const auto& row = rows[0];
  SlotFacts facts;
  facts.plugin = row[0].value_or("");
  facts.database = row[1].value_or("");
  facts.temporary = row[2].value_or("f") == "t";
  facts.two_phase = row[3].value_or("f") == "t";
  if (row[4]) facts.active_pid = number_of(row[4], 0);
  facts.restart = lsn_of(row[5]);
  facts.confirmed = lsn_of(row[6]);
  facts.wal_status = row[7].value_or("");
  facts.safe_wal_bytes = number_of<std::int64_t>(row[8], -1);
  facts.invalidation = row[9].value_or("");
  return std::optional<SlotFacts>(std::move(facts));
}

namespace {

// Lines "timeline <tab> switch point <tab> reason", as in pg_wal/*.history.
std::vector<TimelineSwitch> parse_history(const std::string& text) {
  std::vector<TimelineSwitch> history;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::uint32_t timeline = 0;
    std::string at;
    if (!(words >> timeline >> at)) continue;
    if (const auto lsn = parse_lsn(at)) history.push_back({timeline, *lsn});
  }
  return history;
}

}  // namespace

Result<ServerFacts> read_server_facts(Connection& replication, const std::string& slot) {
  ServerFacts facts;
  TRY_ASSIGN(const Rows system, replication.query("IDENTIFY_SYSTEM"));
  if (system.empty() || system[0].size() < 4) return corrupt("IDENTIFY_SYSTEM: unexpected answer");
  facts.system_identifier = system[0][0].value_or("");
  facts.timeline = number_of<std::uint32_t>(system[0][1], 0);
  facts.flush = lsn_of(system[0][2]);
  facts.database = system[0][3].value_or("");
  facts.version = replication.server_version();
  TRY_ASSIGN(const Rows recovery, replication.query("SELECT pg_catalog.pg_is_in_recovery()"));
  facts.in_recovery = !recovery.empty() && recovery[0][0].value_or("f") == "t";
  if (facts.timeline > 1) {
    TRY_ASSIGN(const Rows history,
               replication.query("TIMELINE_HISTORY " + std::to_string(facts.timeline)));
    if (!history.empty() && history[0].size() > 1) {
      facts.history = parse_history(history[0][1].value_or(""));
    }
  }
  TRY_ASSIGN(facts.slot, read_slot(replication, slot));
  return facts;
}

}  // namespace slotcast::pg
