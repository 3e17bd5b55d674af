#!/usr/bin/python3
"""Power cuts under load: whatever was not synced is gone, and still every row comes once.

State and stages are on an ext4 whose power is cut at random moments. With --expect-failure, for a
program built without syncs, it is a success that rows are lost or the log does not fit the slot.
"""

import argparse
import os
import pathlib
import re
import signal
import sys
import threading

from loop_ext4 import LoopExt4

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))

from harness import compare, processes, stage  # noqa: E402
from harness.case import Case, main  # noqa: E402
from harness.oracle import Oracle  # noqa: E402
from harness.slotcast import Slotcast  # noqa: E402

COMPARE_EVERY = 5
KILL_AFTER_S = 0.03
# What a lost write looks like: at the sinks, or to the program itself when it starts again.
LOSSES = ["a row is lost", "a row came twice", "a row that was never committed",
          'kind=corrupt error=".*"', 'kind=invalid error="slot .*']


def cut_power(case: Case, daemon: Slotcast, disk: LoopExt4) -> None:
    """Between two steps of the daemon: no answer to a sync that races with the cut reaches it."""
    if case.random.random() < 0.5:
        # No thread returns from the call that it is in, and the cut meets that call.
        daemon.signal(signal.SIGKILL)
        disk.power_cut()
        daemon.wait()
        return
    # It runs on into the dead disk for a moment, and must not make things worse.
    daemon.pause()
    timer = threading.Timer(KILL_AFTER_S, daemon.kill)

    def resume() -> None:
        daemon.signal(signal.SIGCONT)
        timer.start()

    disk.power_cut(then=resume)
    timer.join()


def cycles(case: Case, disk: LoopExt4) -> None:
    postgres = case.postgres()
    oracle = Oracle(postgres)
    daemon = case.slotcast(postgres.uri())
    daemon.config["state"] = str(disk.path / "state")
    for name, limits in {"a": {"max_rows": 200, "every": "100ms"},
                         "b": {"max_size": "64KiB", "every": "400ms"},
                         "c": {"max_rows": 23, "every": "1s"}}.items():
        daemon.add_sink(name, disk.path / f"stage_{name}", **limits)
    case.on_cleanup(daemon.cleanup)
    daemon.start()
    daemon.wait_ready()
    if case.arguments.expect_failure:
        os.sync()  # that the whole beginning is lost would be found too easily
    load = case.workload(postgres, rows_per_second=500)
    load.start()
    for cycle in range(1, case.arguments.cycles + 1):
        daemon.run_for(case.random.uniform(0.2, 1.5))
        cut_power(case, daemon, disk)
        load.check()
        if cycle % COMPARE_EVERY == 0:
            load.stop()
            expected = oracle.read()
            delivered = [compare.compare_rows(name, stage.read_stage(directory), expected,
                                              until_end=False)
                         for name, directory in daemon.stages.items()]
            print(f"  {cycle} cuts: {len(expected)} rows committed, delivered {delivered}", flush=True)
            load = case.workload(postgres, after=load, rows_per_second=500)
            load.start()
        daemon.start()
        daemon.wait_ready()
    load.stop()
    case.counts["power cuts"] = case.arguments.cycles
    case.finish(daemon, postgres, oracle)


def run(case: Case) -> None:
    disk = LoopExt4(512)
    case.on_cleanup(disk.cleanup)
    if not case.arguments.expect_failure:
        cycles(case, disk)
        return
    try:
        cycles(case, disk)
    except processes.TestFailed as found:
        # Any other failure, a server that does not start, say, would prove nothing.
        losses = re.findall("|".join(LOSSES), str(found))
        processes.require(losses and "Input/output" not in losses[-1], f"not a loss: {found}")
        print(f"  found, as it must be without syncs: {losses[-1]}")
        case.counts["loss"] = 1
        return
    raise processes.TestFailed("a program without syncs passed: this test would find nothing")


def extend(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cycles", type=int, default=20)
    parser.add_argument("--expect-failure", action="store_true")


if __name__ == "__main__":
    main(__doc__, run, extend)
