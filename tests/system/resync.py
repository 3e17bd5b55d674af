#!/usr/bin/python3
"""A sink gets its tables anew while two others run: paused, restarted and killed in the middle of it."""

import argparse
import collections
import shutil
import typing

from harness import compare, stage
from harness.case import Case, main
from harness.oracle import Oracle
from harness.processes import require, wait_until
from harness.slotcast import Slotcast

from late_sink import KEYED
from sinks import order
from snapshot import Pgbench, fill

OTHERS = ("b", "c")


def chunks(daemon: Slotcast) -> dict:
    return (daemon.status() or {}).get("chunks") or {}


def lag(daemon: Slotcast, goes_on: typing.Callable[[], bool]) -> dict[str, float]:
    """The largest of each that was seen."""
    worst = dict.fromkeys(OTHERS, 0.0)
    while goes_on():
        daemon.run_for(0.1)
        for name in OTHERS:
            worst[name] = max(worst[name], daemon.sink(name).get("lag_seconds", 0))
    return worst


def in_the_middle(daemon: Slotcast) -> None:
    """Paused it reads no more; a restart and a kill change nothing of that."""
    order(daemon, "pause", "a")
    wait_until(lambda: "a" in (chunks(daemon).get("sinks") or []), "status names the sink")
    daemon.run_for(1)
    rows = chunks(daemon)["rows"]
    daemon.run_for(0.5)
    require(chunks(daemon)["rows"] == rows, "what is paused is read on")
    daemon.stop()
    daemon.start()
    daemon.wait_ready()
    daemon.run_for(0.5)
    require(chunks(daemon)["rows"] == 0, "what is paused is read on after a restart")
    order(daemon, "resume", "a")
    wait_until(lambda: chunks(daemon)["rows"] > 0, "it goes on")
    daemon.kill()
    daemon.start()
    daemon.wait_ready()


def marks(daemon: Slotcast, name: str) -> dict[str, str]:
    """The marks of each table, in their order."""
    found = collections.defaultdict(list)
    for file in stage.read_stage(daemon.stages[name]):
        for line in file.lines:
            if line.change.op in ("b", "e"):
                require(not line.change.values, f"{line.place}: a mark with values")
                found[file.table].append((line.change.position, line.change.op))
    return {table: "".join(op for _, op in sorted(places)) for table, places in found.items()}


def run(case: Case) -> None:
    postgres = case.postgres()
    oracle = Oracle(postgres)
    fill(postgres)
    daemon = case.slotcast(postgres.uri())
    daemon.config["log"]["keep"] = "1h"
    daemon.config["source"]["snapshot"] = {"max_size": "16MiB"}
    # All are published: a change's number counts those of all tables.
    daemon.add_sink("c", begin="now", every="200ms")
    for name in ("a", "b"):
        daemon.add_sink(name, tables=sorted(KEYED), begin="snapshot", max_rows=3000, every="200ms")
    load = case.workload(postgres, rows_per_second=500)
    pgbench = Pgbench(case, postgres)
    daemon.start()
    daemon.wait_ready()
    load.start()
    wait_until(lambda: daemon.status()["snapshot"]["state"] == "done", "the snapshot is there", 60)
    ticks = iter(range(30))
    place = order(daemon, "cut").strip()
    before = lag(daemon, lambda: next(ticks, None) is not None)
    # As if the far side had lost everything.
    order(daemon, "pause", "a")
    for path in daemon.stages["a"].iterdir():
        if path.name != ".slotcast":
            shutil.rmtree(path)
    order(daemon, "resume", "a")
    order(daemon, "resync", "a")
    during = lag(daemon, lambda: bool(chunks(daemon)["sinks"]))
    order(daemon, "resync", "a")
    wait_until(lambda: chunks(daemon)["rows"] > 0, "the reading began")
    in_the_middle(daemon)
    wait_until(lambda: not chunks(daemon)["sinks"], "all tables are read", 120)
    order(daemon, "resync", "b", "--table", "public.acct")
    wait_until(lambda: not chunks(daemon)["sinks"], "the table is read", 60)
    require("or resync" in order(daemon, "rewind", "a", "--to", place, code=2), "rows read bound a rewind")
    pgbench.stop()
    load.stop()
    daemon.stop()
    daemon.drain()
    expected = oracle.read()
    require(marks(daemon, "a") == {table: "bebe" for table in KEYED}, f"marks of a: {marks(daemon, 'a')}")
    require(marks(daemon, "b") == {"public.acct": "be"}, f"marks of b: {marks(daemon, 'b')}")
    require(not marks(daemon, "c"), "marks of c")
    for name in ("a", "b"):
        files = stage.read_stage(daemon.stages[name])
        _, changes = compare.split_snapshot(files)
        first = min(line.change.position for file in changes for line in file.lines)
        compare.compare_rows(name, changes, {position: change for position, change in expected.items()
                                             if position >= first and change.table in KEYED})
        compare.compare_state(name, files, postgres, KEYED)
    case.counts |= {"rows": len(expected), "lag before": before, "lag during": during}


def extend(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rate", type=int, default=300)


if __name__ == "__main__":
    main(__doc__, run, extend)
