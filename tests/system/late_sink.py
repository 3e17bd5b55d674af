#!/usr/bin/python3
"""A sink that joins later gets what is in its tables beside the stream, and the others notice nothing."""

import argparse

from harness import compare, stage
from harness.case import Case, main
from harness.oracle import Oracle
from harness.processes import wait_until
from harness.slotcast import Slotcast
from harness.workload import KEYS

from snapshot import TRANSACTIONS_PER_SECOND, Pgbench, fill

KEYED = {table: key for table, key in KEYS.items() if key is not None}


def chunks(daemon: Slotcast) -> dict:
    return (daemon.status() or {}).get("chunks") or {}


def is_read(daemon: Slotcast) -> bool:
    """Before the daemon streams nothing is asked for yet."""
    status = daemon.status() or {}
    return (bool(status) and status["capture"]["state"] == "streaming"
            and len(status["sinks"]) == len(daemon.stages) and not status["chunks"]["sinks"])


def compare_late(case: Case, daemon: Slotcast, name: str, oracle: Oracle) -> int:
    """From its first change on it has every change once; its rows and they build the tables."""
    files = stage.read_stage(daemon.stages[name])
    read, changes = compare.split_snapshot(files)
    first = min(line.change.position for file in changes for line in file.lines)
    compare.compare_rows(name, changes, {
        position: change for position, change in oracle.changes.items()
        if position >= first and change.table in KEYED})
    return sum(len(file.lines) for file in read)


def without_key(daemon: Slotcast) -> None:
    """Such a table cannot be read beside the stream: told until somebody takes note."""
    daemon.add_sink("fourth", tables="public.nopk", begin="snapshot")
    daemon.start()
    wait_until(lambda: "public.nopk could not be read" in daemon.http("/readyz")[1],
               "the table without a key is named")
    daemon.stop()
    daemon.start()
    wait_until(lambda: "public.nopk could not be read" in daemon.http("/readyz")[1],
               "it is still named after a restart")
    daemon.stop()
    daemon.start("--accept-gap")
    daemon.wait_ready()
    daemon.stop()


def run(case: Case) -> None:
    postgres = case.postgres()
    oracle = Oracle(postgres)
    fill(postgres)
    daemon = case.slotcast(postgres.uri())
    daemon.add_sink("first", every="100ms")
    load = case.workload(postgres, rows_per_second=700)
    load.start()
    pgbench = Pgbench(case, postgres)
    daemon.start()
    daemon.wait_ready()
    daemon.run_for(1)
    daemon.stop()
    for name in ("second", "third"):
        daemon.add_sink(name, tables=sorted(KEYED), begin="snapshot", max_rows=3000, every="200ms")
        daemon.start()
        wait_until(lambda: is_read(daemon), f"all tables read: {chunks(daemon)}", 180)
        daemon.wait_ready()
        ready = daemon.state / "chunks.ready"
        wait_until(lambda: not list(ready.iterdir()), "chunks that all have passed are removed")
        daemon.stop()
    without_key(daemon)
    pgbench.stop()
    load.stop()
    daemon.drain()
    expected = oracle.read()
    files = stage.read_stage(daemon.stages["first"])
    begin = min(line.change.position for file in files for line in file.lines)
    compare.compare_rows("first", files, {position: change for position, change in expected.items()
                                          if position >= begin})
    for name in ("second", "third"):
        case.counts[f"rows read for {name}"] = compare_late(case, daemon, name, oracle)
        compare.compare_state(name, stage.read_stage(daemon.stages[name]), postgres, KEYED)
    case.counts |= {"transactions": oracle.transactions, "rows": len(expected)}


def extend(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rate", type=int, default=TRANSACTIONS_PER_SECOND)


if __name__ == "__main__":
    main(__doc__, run, extend)
