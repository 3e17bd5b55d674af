#include "lib/pg/health.h"

namespace slotcast::pg {

Result<Lsn> read_wal_end(Connection& sql) {
  TRY_ASSIGN(const Rows rows, sql.query("SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN "
                                        "pg_catalog.pg_last_wal_replay_lsn() ELSE "
                                        "pg_catalog.pg_current_wal_flush_lsn() END"));
  return rows.empty() ? Lsn{} : parse_lsn(rows[0][0].value_or("")).value_or(Lsn{});
}

Result<SlotHealth> read_slot_health(Connection& sql, const std::string& slot) {
  SlotHealth health;
  TRY_ASSIGN(health.head, read_wal_end(sql));
  TRY_ASSIGN(health.slot, read_slot(sql, slot));
  return health;
}

}  // namespace slotcast::pg
