#!/usr/bin/python3
"""Columns added, renamed, dropped and retyped between rows: each row shows its own time's columns."""

from harness import compare, stage
from harness.case import Case, main
from harness.oracle import Oracle
from harness.processes import require

TURNS = 600
ROWS_A_TURN = 20


class Table:
    """Changes its columns without end; the changes of one transaction lie between its rows."""

    def __init__(self, case: Case):
        self._random = case.random
        self._columns = {"c0": "text"}
        self._number = 0
        self._id = 0

    def turn(self) -> list[str]:
        return ["BEGIN", self._insert(), self._alter(), self._insert(), "COMMIT"]

    def _insert(self) -> str:
        first = self._id + 1
        self._id += ROWS_A_TURN
        values = ", ".join("repeat(g::text, 20)" if kind == "text" else "g"
                           for kind in self._columns.values())
        return (f"INSERT INTO changing (id, {', '.join(self._columns)}) SELECT g, {values}"
                f" FROM generate_series({first}, {self._id}) g")

    def _alter(self) -> str:
        name = self._random.choice(list(self._columns))
        self._number += 1
        new = f"c{self._number}"
        kind = self._random.choice(["add", "rename", "rename", "drop", "type"])
        if kind == "add" and len(self._columns) < 6:
            self._columns[new] = self._random.choice(["text", "int"])
            return f"ALTER TABLE changing ADD COLUMN {new} {self._columns[new]}"
        if kind == "drop" and len(self._columns) > 1:
            del self._columns[name]
            return f"ALTER TABLE changing DROP COLUMN {name}"
        if kind == "type" and self._columns[name] == "int":
            self._columns[name] = "text"
            return f"ALTER TABLE changing ALTER COLUMN {name} TYPE text"
        self._columns = {new if each == name else each: kind
                         for each, kind in self._columns.items()}
        return f"ALTER TABLE changing RENAME COLUMN {name} TO {new}"


def run(case: Case) -> None:
    postgres = case.postgres(with_tables=False)
    postgres.query("CREATE TABLE changing (id int PRIMARY KEY, c0 text)")
    oracle = Oracle(postgres)
    daemon = case.slotcast(postgres.uri())
    daemon.add_sink("a", max_rows=1000, every="100ms")
    daemon.add_sink("b", max_rows=77, every="100ms")
    daemon.start()
    daemon.wait_ready()
    table = Table(case)
    connection = postgres.connect()
    for half in range(2):
        # Read in one go after a pause, so that the log's blocks are full and hold many changes.
        if half == 1:
            daemon.stop()
        with connection.cursor() as cursor:
            for _ in range(TURNS // 2):
                for statement in table.turn():
                    cursor.execute(statement)
        if half == 0:
            daemon.stop()
        daemon.start()
        daemon.wait_ready()
    connection.close()
    daemon.stop()
    daemon.drain()
    expected = oracle.read()
    require(len(expected) == 2 * TURNS * ROWS_A_TURN, f"{len(expected)} rows committed")
    for name, directory in daemon.stages.items():
        compare.compare_rows(name, stage.read_stage(directory), expected)
    case.counts |= {"changes of the table": TURNS, "rows": len(expected)}


if __name__ == "__main__":
    main(__doc__, run)
