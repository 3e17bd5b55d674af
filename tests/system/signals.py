#!/usr/bin/python3
"""SIGTERM drains and ends with 0 at any moment; a second one ends at once; nothing is lost."""

import signal
import time

from harness.case import Case, main
from harness.oracle import Oracle
from harness.postgres import Postgres
from harness.processes import require, wait_until
from harness.slotcast import Slotcast

STOPS = 12


def second_one(postgres: Postgres, daemon: Slotcast) -> None:
    """A server that takes connections and answers none keeps the drain waiting."""
    daemon.start()
    daemon.wait_ready()
    session = postgres.connect()
    try:
        postgres.freeze()
        with session.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_replication")
        wait_until(lambda: daemon.capture()["state"] == "connecting", "the daemon connects again")
        daemon.run_for(0.5)
        daemon.signal(signal.SIGTERM)
        daemon.run_for(0.5)
        began = time.monotonic()
        daemon.signal(signal.SIGTERM)
        code = daemon.wait(5)
    finally:
        postgres.thaw()
        session.close()
    require(code == 128 + signal.SIGTERM, f"the second SIGTERM ended with {code}")
    require(time.monotonic() - began < 1, "the second SIGTERM did not end it at once")


def against_a_hung_server(postgres: Postgres, daemon: Slotcast) -> None:
    """Nothing of the server answers: the daemon drains what it has, without it."""
    daemon.start()
    daemon.wait_ready()
    postgres.freeze_all()
    try:
        daemon.run_for(5)  # long enough to be asking the server something
        began = time.monotonic()
        daemon.stop()
        require(time.monotonic() - began < 15, "a hung server kept SIGTERM waiting")
    finally:
        postgres.thaw_all()


def before_until(daemon: Slotcast) -> None:
    """--until that was not reached is no success."""
    daemon.start("--until", "FFFFFFFF/0")
    daemon.wait_ready()
    daemon.signal(signal.SIGTERM)
    code = daemon.wait()
    require(code == 1, f"--until, ended by SIGTERM, ended with {code}")
    require("told to stop before" in daemon.stderr(), daemon.last_words())


def run(case: Case) -> None:
    postgres = case.postgres()
    oracle = Oracle(postgres)
    daemon = case.three_sinks(postgres.uri())
    daemon.start()
    daemon.wait_ready()
    load = case.workload(postgres)
    load.start()
    daemon.stop()
    for _ in range(STOPS):
        daemon.start()
        daemon.run_for(case.random.choice([0.15, 0.3, 0.6]) * case.random.uniform(0.7, 1.3))
        began = time.monotonic()
        daemon.stop()
        require(time.monotonic() - began < 10, "draining took longer than 10 s")

    second_one(postgres, daemon)
    before_until(daemon)
    against_a_hung_server(postgres, daemon)
    load.stop()
    case.counts["stops"] = STOPS + 3
    case.finish(daemon, postgres, oracle)


if __name__ == "__main__":
    main(__doc__, run)
