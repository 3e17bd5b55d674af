#!/usr/bin/python3
"""What was in the tables comes first, as of the slot's start, while the stream goes on under load."""

import subprocess

from harness import compare, history, stage
from harness.case import Case, main
from harness.oracle import Oracle
from harness.postgres import Postgres, binaries
from harness.processes import require, wait_until
from harness.slotcast import Slotcast
from harness.workload import KEYS

BIG_ROWS = 15000
SMALL_ROWS = 100000
TRANSACTIONS_PER_SECOND = 1500
# Keys above those of the workload's writers.
FILL = f"""
INSERT INTO toast SELECT g + 1000000, repeat(chr(97 + g % 26), 3000), 0
  FROM generate_series(1, {BIG_ROWS}) g;
INSERT INTO acct SELECT g + 1000000000, 0, 0, 9, 0 FROM generate_series(1, {SMALL_ROWS}) g;
INSERT INTO nopk SELECT 9, g, 'before' FROM generate_series(1, 5000) g;
CREATE TABLE empty (id int PRIMARY KEY);
ANALYZE;
"""
# The rows that are there before: changed, their long values left alone; moved to another key; gone.
PGBENCH = f"""
\\set big random(1, {BIG_ROWS})
\\set small random(1, {SMALL_ROWS})
\\set gone random(1, {SMALL_ROWS})
BEGIN;
UPDATE toast SET ver = ver + 1 WHERE id = 1000000 + :big;
UPDATE acct SET ver = ver + 1 WHERE id = 1000000000 + :small;
DELETE FROM acct WHERE id = 1000000000 + :gone;
INSERT INTO nopk VALUES (8, :small, 'during');
COMMIT;
"""


def fill(postgres: Postgres) -> None:
    """What is in the tables before anything is captured."""
    for statement in FILL.split(";\n"):
        if statement.strip():
            postgres.query(statement)


class Pgbench:
    """Many small transactions, faster than Python makes them."""

    def __init__(self, case: Case, postgres: Postgres):
        script = case.directory / "pgbench.sql"
        script.write_text(PGBENCH)
        self._process = subprocess.Popen(
            [binaries() / "pgbench", "-n", "-c", "4", "-T", "600", "-R",
             str(getattr(case.arguments, "rate", TRANSACTIONS_PER_SECOND)), "-f", script, postgres.uri()],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        case.on_cleanup(self._process.kill)

    def stop(self) -> None:
        require(self._process.poll() is None, "pgbench ended by itself")
        self._process.terminate()
        self._process.wait(20)


def sinks_of(case: Case, daemon: Slotcast) -> None:
    daemon.add_sink("a", max_rows=20000, every="200ms", begin="snapshot")
    daemon.add_sink("b", max_rows=777, max_size="1MiB", every="1s", begin="snapshot")
    daemon.add_sink("c", max_size="4MiB", every="500ms", begin="snapshot")
    daemon.config["source"]["snapshot"] = {"workers": case.random.randint(1, 3),
                                           "range_size": "1MiB", "max_size": "8MiB"}


def confirmed(postgres: Postgres, daemon: Slotcast) -> int:
    return history.parse_lsn(postgres.value(
        "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = %s", daemon.slot))


def point_of(daemon: Slotcast) -> int:
    """The LSN of the rows. What commits at the consistent point itself is in the stream."""
    text = (daemon.state / "snapshot").read_text()
    return history.parse_lsn(next(line.split()[1] for line in text.splitlines()
                                  if line.startswith("point "))) - 1


def progress(daemon: Slotcast) -> dict:
    return (daemon.status() or {}).get("snapshot") or {}


def run(case: Case) -> None:
    postgres = case.postgres()
    oracle = Oracle(postgres)
    fill(postgres)
    load = case.workload(postgres, rows_per_second=500)
    load.start()
    pgbench = Pgbench(case, postgres)
    daemon = case.slotcast(postgres.uri())
    sinks_of(case, daemon)
    daemon.start()
    wait_until(lambda: progress(daemon).get("state") == "copying", "copying")
    seen, moved, first = set(), 0, 0
    while progress(daemon).get("state") == "copying":
        daemon.run_for(0.1)
        seen.add(progress(daemon).get("done_bytes"))
        at = confirmed(postgres, daemon)
        moved, first = moved + (at > first > 0), at
    require(len(seen) > 3, f"the progress was seen to move through {sorted(seen, key=str)} only")
    require(moved > 1, f"the slot moved {moved} times while the tables were copied")
    wait_until(lambda: progress(daemon).get("state") == "done", "all sinks have the snapshot", 120)
    require(not list((daemon.state / "snapshot.ranges").iterdir()), "ranges stay on the disk")
    daemon.run_for(1)
    pgbench.stop()
    load.stop()
    case.counts["rows read"] = check(case, daemon, postgres, oracle)


def check(case: Case, daemon: Slotcast, postgres: Postgres, oracle: Oracle) -> int:
    daemon.stop()
    daemon.drain()
    expected = oracle.read()
    count = 0
    for name, directory in daemon.stages.items():
        files = stage.read_stage(directory)
        count = compare.compare_snapshot(name, files, expected, point_of(daemon), KEYS)
        compare.compare_state(name, files, postgres, KEYS)
    case.counts |= {"transactions": oracle.transactions, "rows": len(expected)}
    return count


if __name__ == "__main__":
    main(__doc__, run)
