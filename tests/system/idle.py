#!/usr/bin/python3
"""Nothing of ours changes while the server writes on: it may let go of its WAL all the same, and a
restart takes none of this for a gap."""

from harness import history
from harness.case import Case, main
from harness.oracle import Oracle
from harness.processes import require, wait_until

TURNS = 3


def run(case: Case) -> None:
    postgres = case.postgres()
    postgres.query("CREATE TABLE elsewhere (id int, note text)")
    oracle = Oracle(postgres)
    daemon = case.slotcast(postgres.uri())
    daemon.add_sink("a", tables="public.acct", every="100ms")
    daemon.start()
    daemon.wait_ready()
    postgres.query("INSERT INTO acct VALUES (1, 1, 1, 1, 1)")

    def confirmed() -> int:
        return history.parse_lsn(postgres.value(
            "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = %s",
            daemon.slot))

    for turn in range(TURNS):
        postgres.query("INSERT INTO elsewhere SELECT g, repeat('x', 500)"
                       " FROM generate_series(1, 20000) g")
        end = history.parse_lsn(postgres.value("SELECT pg_current_wal_insert_lsn()"))
        wait_until(lambda end=end: confirmed() >= end,
                   f"the slot moves while nothing of ours changes\n{daemon.capture()}", 30)
        delivered = history.parse_lsn(daemon.sink("a")["delivered"])
        wait_until(lambda end=end: history.parse_lsn(daemon.sink("a")["delivered"]) >= end,
                   f"the sink's position moves, from {delivered:X}", 30)
        if turn == 1:
            daemon.stop()
        else:
            daemon.kill()
        daemon.start()
        daemon.wait_ready()
        require("gap" not in daemon.stderr(), f"a gap is seen where none is\n{daemon.last_words()}")
        postgres.query("INSERT INTO acct VALUES (%s, 1, 1, 1, 1)", turn + 2)
    daemon.stop()
    daemon.drain()
    rows = [change for change in oracle.read().values() if change.table == "public.acct"]
    require(len(rows) == TURNS + 1, f"{len(rows)} rows committed")
    files = "[!_]*/**/*.jsonl"
    wait_until(lambda: len(list(daemon.stages["a"].glob(files))) > 0, "files")
    lines = sum(len(path.read_text().splitlines()) for path in daemon.stages["a"].glob(files))
    require(lines == TURNS + 1, f"{lines} rows in the files instead of {TURNS + 1}")
    case.counts |= {"restarts": TURNS, "rows": lines}


if __name__ == "__main__":
    main(__doc__, run)
