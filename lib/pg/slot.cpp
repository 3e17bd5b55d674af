#include "lib/pg/slot.h"

namespace slotcast::pg {
namespace {

// Asked on a connection of its own, while the other one waits or has just given up.
std::string oldest_transaction(const Options& options) {
  auto connection = Connection::open(options, Connection::Mode::Sql);
  if (!connection.ok()) return "";
  const auto rows = connection.value().query(
      "SELECT pid, coalesce(usename::text, ''), (pg_catalog.now() - xact_start)::text "
      "FROM pg_catalog.pg_stat_activity WHERE backend_xid IS NOT NULL ORDER BY xact_start LIMIT 1");
  if (!rows.ok() || rows.value().empty()) return "";
  const auto& row = rows.value()[0];
  return "; the oldest is process " + row[0].value_or("?") + " of user " + row[1].value_or("?") +
         ", running for " + row[2].value_or("?");
}

}  // namespace

Result<NewSlot> create_slot(Connection& replication, const Options& options, Duration patience) {
  // Exporting a snapshot also makes the server build the slot from a full view of what runs, which
  // older minor versions need to begin between transactions and not inside one.
  const auto made = replication.query_within("CREATE_REPLICATION_SLOT " +
                                                 replication.escape_identifier(options.slot) +
                                                 " LOGICAL pgoutput EXPORT_SNAPSHOT",
                                             patience);
  if (!made.ok()) return made.error().prefixed("creating slot " + options.slot);
  if (!made.value()) {
    return transient("creating slot " + options.slot + ": not done within " +
                     std::to_string(patience / std::chrono::seconds(1)) +
                     " s; it waits for the transactions that run at the server" +
                     oldest_transaction(options));
  }
  const Rows& rows = *made.value();
  if (rows.empty() || rows[0].size() < 3) return corrupt("creating slot: unexpected answer");
  const auto point = parse_lsn(rows[0][1].value_or(""));
  if (!point) return corrupt("creating slot: unexpected consistent point");
  return NewSlot{*point, rows[0][2].value_or("")};
}

Status drop_slot(Connection& replication, const std::string& slot) {
  return replication.query("DROP_REPLICATION_SLOT " + replication.escape_identifier(slot)).status();
}

}  // namespace slotcast::pg
