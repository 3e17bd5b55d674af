#!/usr/bin/python3
"""A commit that waits for a synchronous standby is in the stream before anybody sees its rows.

A table that is read meanwhile does not have them, and the stream had them before: the chunk must be
read again, until they are seen.
"""

import threading

from harness import compare, stage
from harness.case import Case, main
from harness.postgres import Postgres
from harness.processes import require, wait_until
from harness.slotcast import Slotcast

from late_sink import chunks, is_read

KEYS = {"public.acct": "id", "public.wide": "id"}
TABLES = """
CREATE TABLE acct (id int PRIMARY KEY, note text);
CREATE TABLE wide (id int PRIMARY KEY, big text);
INSERT INTO acct SELECT g, 'before' FROM generate_series(1, 100) g;
INSERT INTO wide SELECT g, repeat('x', 1900) FROM generate_series(1, 40000) g;
"""


class Waiting:
    """A commit that nobody sees, as long as the standby does not answer."""

    def __init__(self, postgres: Postgres, statement: str):
        self._postgres = postgres
        self._set("'nobody'")
        self._thread = threading.Thread(target=postgres.query, args=[statement], daemon=True)
        self._thread.start()
        wait_until(lambda: postgres.value(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") == 1,
            "a commit waits for the standby")

    def _set(self, names: str) -> None:
        # Not a commit of a transaction with an id: it does not wait itself.
        self._postgres.query(f"ALTER SYSTEM SET synchronous_standby_names = {names}")
        self._postgres.query("SELECT pg_reload_conf()")

    def release(self) -> None:
        self._set("''")
        self._thread.join(20)
        require(not self._thread.is_alive(), "the commit went on")


def rows_of(daemon: Slotcast, name: str, table: str) -> list[str]:
    return [str(line.change.values["id"]) for file in stage.read_stage(daemon.stages[name])
            for line in file.lines if file.table == table and line.change.op in ("c", "r")]


def join(daemon: Slotcast, name: str) -> None:
    daemon.stop()
    daemon.add_sink(name, tables=sorted(KEYS), begin="snapshot", every="100ms")
    daemon.start()


def run(case: Case) -> None:
    postgres = case.postgres(with_tables=False)
    for statement in TABLES.strip().split("\n"):
        postgres.query(statement)
    daemon = case.slotcast(postgres.uri())
    daemon.add_sink("first", every="100ms")
    daemon.start()
    daemon.wait_ready()

    # It waits when the reading begins.
    waiting = Waiting(postgres, "INSERT INTO acct VALUES (1001, 'waits')")
    wait_until(lambda: "1001" in rows_of(daemon, "first", "public.acct"), "it is in the stream")
    join(daemon, "second")
    wait_until(lambda: "transaction" in (chunks(daemon).get("last_error") or ""),
               "the reading waits")
    daemon.run_for(1)
    require(not is_read(daemon) and not rows_of(daemon, "second", "public.acct"),
            "rows that nobody could see were taken for read")
    waiting.release()
    wait_until(lambda: is_read(daemon), "all is read", 60)

    # It begins to wait in the middle, in what is read already and in what is not.
    join(daemon, "third")
    wait_until(lambda: chunks(daemon).get("table") == "public.wide"
               and chunks(daemon)["rows"] > 0, "wide is being read")
    waiting = Waiting(postgres, "WITH a AS (INSERT INTO acct VALUES (1002, 'waits')) "
                      "INSERT INTO wide VALUES (0, 'waits'), (100000, 'waits')")
    wait_until(lambda: "everybody sees" in (chunks(daemon).get("last_error") or ""),
               "the reading waits again")
    waiting.release()
    wait_until(lambda: is_read(daemon), "all is read", 60)
    daemon.stop()
    daemon.drain()
    for name in ("second", "third"):
        compare.compare_state(name, stage.read_stage(daemon.stages[name]), postgres, KEYS)
    case.counts["sinks"] = 2


if __name__ == "__main__":
    main(__doc__, run)
