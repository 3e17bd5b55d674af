#!/usr/bin/python3
"""A full disk pauses what needs it and nothing else; when there is room again nothing is lost."""

import time

from harness.case import Case, main
from harness.oracle import Oracle
from harness.postgres import Postgres
from harness.processes import require, wait_until
from harness.slotcast import Slotcast
from harness.small_disk import SmallDisk
from harness.workload import Workload

# The server gives up on a client that does not answer for so long.
IMPATIENT = "&options=-c%20wal_sender_timeout%3D2s"
PAUSE_S = 5


def walsender(postgres: Postgres) -> int:
    return postgres.value("SELECT pid FROM pg_stat_replication")


def state_disk(case: Case, postgres: Postgres, daemon: Slotcast, disk: SmallDisk) -> Workload:
    """The log's own disk: capture pauses, the connection lives, the slot holds the WAL."""
    disk.fill()
    load = case.workload(postgres, rows_per_second=3000)
    load.start()
    wait_until(lambda: daemon.capture().get("state", "").startswith("paused"),
               f"capture says that it is paused\n{daemon.last_words()}", 60)
    pid = walsender(postgres)
    time.sleep(PAUSE_S)
    require(daemon.capture()["state"] == "paused: disk full", f"state is {daemon.capture()}")
    require(daemon.http("/readyz")[0] == 503, "ready although paused")
    require(daemon.http("/healthz")[0] == 200, "not healthy although only paused")
    require(pid is not None and walsender(postgres) == pid,
            "the server lost patience: keepalives were not answered while paused")
    load.stop()
    disk.free()
    daemon.wait_ready(60)
    return load


def stage_disk(case: Case, postgres: Postgres, daemon: Slotcast, disk: SmallDisk,
               earlier: Workload) -> None:
    """One sink's disk: the others go on."""
    disk.fill()
    load = case.workload(postgres, after=earlier)
    load.start()
    daemon.run_for(2)
    load.stop()
    head = daemon.capture()["logged"]
    stuck = daemon.sink("small")
    wait_until(lambda: all(daemon.sink(name)["lag_bytes"] == 0 for name in ("a", "b", "c")),
               "the other sinks deliver everything")
    require(stuck["lag_bytes"] > 0, f"the sink on the full disk delivered up to {head}?")
    require(daemon.sink("small")["last_error"] != "", "the stuck sink does not say why")
    require(daemon.http("/healthz")[0] == 200, "not healthy although one sink only waits")
    disk.free()
    wait_until(lambda: daemon.sink("small")["lag_bytes"] == 0, "the freed sink catches up", 60)


def run(case: Case) -> None:
    postgres = case.postgres()
    oracle = Oracle(postgres)
    daemon = case.three_sinks(postgres.uri(extra=IMPATIENT))
    disks = [SmallDisk(case.directory / name, 64) for name in ("state_disk", "stage_disk")]
    for disk in disks:
        case.on_cleanup(disk.cleanup)
    daemon.config["state"] = str(disks[0].path / "state")
    daemon.add_sink("small", disks[1].path / "stage", every="100ms")
    case.on_cleanup(daemon.cleanup)  # before the disks go
    daemon.start()
    daemon.wait_ready()
    load = state_disk(case, postgres, daemon, disks[0])
    stage_disk(case, postgres, daemon, disks[1], load)
    case.finish(daemon, postgres, oracle)


if __name__ == "__main__":
    main(__doc__, run)
