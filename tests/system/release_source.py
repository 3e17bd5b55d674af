#!/usr/bin/python3
"""Eight sinks cost the server one walsender, and a sink that is stuck holds back no WAL there."""

from harness import history
from harness.case import Case, main
from harness.oracle import Oracle
from harness.processes import require, wait_until
from harness.small_disk import SmallDisk

SINKS = 7  # and the one that is stuck


def run(case: Case) -> None:
    postgres = case.postgres()
    oracle = Oracle(postgres)
    daemon = case.slotcast(postgres.uri())
    for number in range(SINKS):
        daemon.add_sink(f"s{number}", max_rows=100 * (number + 1), every="200ms")
    disk = SmallDisk(case.directory / "disk", 64)
    case.on_cleanup(disk.cleanup)
    case.on_cleanup(daemon.cleanup)
    daemon.add_sink("stuck", disk.path / "stage", every="100ms")
    daemon.start()
    daemon.wait_ready()
    disk.fill()
    load = case.workload(postgres, rows_per_second=1500)
    load.start()
    most = 0
    for _ in range(20):
        daemon.run_for(0.1)
        most = max(most, postgres.value("SELECT count(*) FROM pg_stat_replication"))
    slots = postgres.value("SELECT count(*) FROM pg_replication_slots WHERE slot_name NOT LIKE"
                           " 'oracle%%'")
    require((most, slots) == (1, 1), f"{most} walsenders and {slots} slots for 8 sinks")
    load.stop()
    head = history.parse_lsn(postgres.value("SELECT pg_current_wal_lsn()"))
    wait_until(lambda: history.parse_lsn(postgres.value(
        "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = %s",
        daemon.slot)) >= head, "the slot follows the head", 5)
    stuck = daemon.sink("stuck")
    require(stuck["lag_bytes"] > 0 and stuck["last_error"], f"the stuck sink is not stuck: {stuck}")
    disk.free()
    case.finish(daemon, postgres, oracle)


if __name__ == "__main__":
    main(__doc__, run)
