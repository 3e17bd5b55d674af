#!/usr/bin/python3
"""A sink that never has a row does not pin the log: segments that all have are deleted."""

from harness import history
from harness.case import Case, main
from harness.oracle import Oracle
from harness.processes import require, wait_until

ROWS_A_TURN = 20_000
TURNS = 4
SEGMENTS_MAX = 8


def run(case: Case) -> None:
    postgres = case.postgres()
    postgres.query("CREATE TABLE public.silent (id int PRIMARY KEY)")
    oracle = Oracle(postgres)
    daemon = case.slotcast(postgres.uri())
    daemon.add_sink("busy", every="100ms")
    quiet = daemon.add_sink("quiet", tables="public.silent", every="100ms")
    daemon.start()
    daemon.wait_ready()
    most = 0
    for turn in range(TURNS):
        postgres.query("INSERT INTO acct SELECT g, 0, g, 0, g FROM generate_series(%s, %s) g",
                       turn * ROWS_A_TURN + 1, (turn + 1) * ROWS_A_TURN)
        end = history.parse_lsn(postgres.value("SELECT pg_current_wal_lsn()"))
        wait_until(lambda end=end: all(history.parse_lsn(daemon.sink(name)["delivered"]) >= end
                                       for name in ("busy", "quiet")),
                   f"both sinks move\n{daemon.status()}")
        wait_until(lambda: (daemon.status() or {})["log"]["segments"] <= SEGMENTS_MAX,
                   f"segments that every sink has go\n{(daemon.status() or {}).get('log')}")
        most = max(most, (daemon.status() or {})["log"]["segments"])
    # Claims move once a second, and segments go a moment later.
    wait_until(lambda: (daemon.status() or {})["log"]["first_record"] > ROWS_A_TURN,
               f"the first segments are deleted\n{(daemon.status() or {}).get('log')}")
    log = (daemon.status() or {})["log"]
    require(log["first_record"] > ROWS_A_TURN, f"nothing was deleted: {log}")
    require(not any(path.is_file() for path in quiet.rglob("*.jsonl")), "the quiet sink got a file")
    del daemon.stages["quiet"]
    case.counts["segments at most"] = most
    case.finish(daemon, postgres, oracle)


if __name__ == "__main__":
    main(__doc__, run)
