#!/usr/bin/python3
"""With advance: delivered the server keeps what a sink lacks, and a lost disk loses nothing."""

import shutil

from harness import compare, history, stage
from harness.case import Case, main
from harness.oracle import Oracle
from harness.processes import require, wait_until
from harness.workload import KEYS

from sinks import delivered, order
from snapshot import confirmed


def run(case: Case) -> None:
    postgres = case.postgres()
    oracle = Oracle(postgres)
    daemon = case.slotcast(postgres.uri())
    daemon.config["source"]["advance"] = "delivered"
    daemon.add_sink("a", every="100ms")
    daemon.add_sink("b", every="300ms")
    daemon.start()
    daemon.wait_ready()
    load = case.workload(postgres, rows_per_second=500)
    load.start()
    first = confirmed(postgres, daemon)
    wait_until(lambda: confirmed(postgres, daemon) > first + 50000, "the slot moves with the sinks")
    order(daemon, "pause", "b")
    stands = delivered(daemon, "b")
    wait_until(lambda: delivered(daemon, "a") > stands + 100000, "the other sink goes on")
    require(confirmed(postgres, daemon) <= stands, "the server was told what b does not have")
    require(history.parse_lsn(daemon.capture()["logged"]) > stands, "the log goes on")
    # The disk with log and journal is gone; the far sides are not.
    daemon.kill()
    load.stop()
    shutil.rmtree(daemon.state)
    daemon.config["source"]["adopt"] = True
    daemon.drain()
    expected = oracle.read()
    for name in ("a", "b"):
        found = {}
        for file in stage.read_stage(daemon.stages[name]):
            for line in file.lines:
                before = found.setdefault(line.change.position, line.change)
                require(before == line.change, f"{line.place}: a row that came again differs")
        require(set(found) == set(expected), f"{name}: {len(set(expected) - set(found))} rows are lost")
    require(confirmed(postgres, daemon) > stands, "the slot goes on")
    compare.compare_state("b", stage.read_stage(daemon.stages["b"]), postgres, KEYS)
    case.counts |= {"rows": len(expected)}


if __name__ == "__main__":
    main(__doc__, run)
