#!/usr/bin/python3
"""One sink cannot deliver and the log reaches max_size: capture pauses, answers, and resumes."""

import time

from harness.case import Case, main
from harness.oracle import Oracle
from harness.processes import require, wait_until
from harness.small_disk import SmallDisk

IMPATIENT = "&options=-c%20wal_sender_timeout%3D2s"
MAX_BYTES = 8 << 20


def run(case: Case) -> None:
    postgres = case.postgres()
    oracle = Oracle(postgres)
    daemon = case.three_sinks(postgres.uri(extra=IMPATIENT))
    disk = SmallDisk(case.directory / "disk", 48)
    case.on_cleanup(disk.cleanup)
    case.on_cleanup(daemon.cleanup)
    daemon.config["log"]["max_size"] = "8MiB"
    daemon.add_sink("small", disk.path / "stage", every="100ms")
    daemon.start()
    daemon.wait_ready()
    disk.fill()
    load = case.workload(postgres, rows_per_second=4000)
    load.start()
    wait_until(lambda: daemon.capture().get("state") == "paused: log full",
               f"capture says that the log is full\n{daemon.last_words()}", 60)
    load.stop()
    pid = postgres.value("SELECT pid FROM pg_stat_replication")
    time.sleep(1)  # for the last feedback
    reached = daemon.capture()["confirmed"]
    time.sleep(4)
    status = daemon.status() or {}
    require(pid is not None and postgres.value("SELECT pid FROM pg_stat_replication") == pid,
            "the server lost patience: keepalives were not answered while paused")
    require(status["log"]["size_bytes"] <= MAX_BYTES, f"the log outgrew max_size: {status['log']}")
    require(status["capture"]["confirmed"] == reached, "more was confirmed than there is room for")
    require(daemon.http("/readyz")[0] == 503, "ready although paused")
    require(daemon.http("/healthz")[0] == 200, "not healthy although only paused")
    daemon.stop()  # also while it waits for room
    disk.free()
    daemon.start()
    daemon.wait_ready(60)
    case.finish(daemon, postgres, oracle)


if __name__ == "__main__":
    main(__doc__, run)
