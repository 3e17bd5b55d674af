#!/usr/bin/python3
"""kill -9 at random moments under load, again and again: every row reaches every sink once."""

import argparse
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))

from harness import compare, history, processes, stage  # noqa: E402
from harness.case import Case, main  # noqa: E402
from harness.oracle import Oracle  # noqa: E402
from harness.postgres import Postgres  # noqa: E402
from harness.slotcast import Slotcast  # noqa: E402

COMPARE_EVERY = 10


def durable_end(daemon: Slotcast) -> int:
    """What the log on disk holds, said by the program without the daemon."""
    done = daemon.command("log", "verify")
    found = re.search(r"LSN ([0-9A-F]+/[0-9A-F]+)", done.stdout)
    processes.require(done.returncode == 0 and found is not None,
                      f"log verify: {done.returncode} {done.stdout} {done.stderr}")
    return history.parse_lsn(found.group(1))


def confirmed(postgres: Postgres, slot: str) -> int:
    return history.parse_lsn(postgres.value(
        "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = %s", slot))


def check_acknowledged(daemon: Slotcast, postgres: Postgres) -> None:
    """What PostgreSQL may forget is in the log."""
    acknowledged, durable = confirmed(postgres, daemon.slot), durable_end(daemon)
    processes.require(acknowledged <= durable,
                      f"the slot was told {history.format_lsn(acknowledged)}, but the log ends at "
                      f"{history.format_lsn(durable)}: what is between is lost")


def kill_once(case: Case, daemon: Slotcast) -> None:
    daemon.start()
    daemon.run_for(case.random.uniform(0.05, 1.5))
    daemon.kill()


def run(case: Case) -> None:
    postgres = case.postgres()
    oracle = Oracle(postgres)
    daemon = case.three_sinks(postgres.uri())
    daemon.start()
    daemon.wait_ready()
    load = case.workload(postgres, rows_per_second=case.arguments.rate)
    load.start()
    daemon.kill()
    for cycle in range(1, case.arguments.cycles + 1):
        kill_once(case, daemon)
        load.check()
        check_acknowledged(daemon, postgres)
        if cycle % COMPARE_EVERY == 0 and cycle < case.arguments.cycles:
            load.stop()
            expected = oracle.read()
            delivered = [compare.compare_rows(name, stage.read_stage(directory), expected,
                                              until_end=False)
                         for name, directory in daemon.stages.items()]
            print(f"  {cycle} kills: {len(expected)} rows committed, delivered {delivered}", flush=True)
            load = case.workload(postgres, after=load, rows_per_second=case.arguments.rate)
            load.start()
    load.stop()
    case.counts["kills"] = case.arguments.cycles
    case.finish(daemon, postgres, oracle)
    check_acknowledged(daemon, postgres)


def extend(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cycles", type=int, default=50)
    parser.add_argument("--rate", type=float, default=600, help="rows per second")


if __name__ == "__main__":
    main(__doc__, run, extend)
