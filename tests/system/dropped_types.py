#!/usr/bin/python3
"""A sink that lags reads old rows by the columns and types of their time: after values were renamed,
columns dropped and retyped, tables and types dropped."""

from harness import compare, history, stage
from harness.case import Case, main
from harness.oracle import FullIdentity, Oracle, Tables
from harness.postgres import Postgres
from harness.processes import require, wait_until
from harness.slotcast import Slotcast
from harness.small_disk import SmallDisk

ROWS = 1500
SCENES = ["one", "two", "three"]
# For each scene types and tables of its own.
MAKE = """
CREATE TYPE mood_{s} AS ENUM ('calm', 'it''s fine', 'wild "x"');
CREATE TYPE pair_{s} AS (n int, t text);
CREATE DOMAIN amount_{s} AS numeric(12, 2) CHECK (VALUE >= 0);
CREATE DOMAIN deep_{s} AS amount_{s};
CREATE DOMAIN flag_{s} AS boolean;
CREATE DOMAIN doc_{s} AS jsonb;
CREATE TABLE orders_{s} (id int PRIMARY KEY, m mood_{s}, ms mood_{s}[], p pair_{s}, ps pair_{s}[],
  a amount_{s}, aa amount_{s}[], e deep_{s}, f flag_{s}, d doc_{s}, n numeric, note text);
CREATE TABLE whole_{s} (k deep_{s}, m mood_{s}, note text, PRIMARY KEY (k));
ALTER TABLE whole_{s} REPLICA IDENTITY FULL
"""
BEHIND = {"amount": "numeric", "deep": "numeric", "flag": "boolean", "doc": "jsonb"}
# What each does to rows that lie in the log is nothing.
CHANGES = [
    "ALTER TYPE mood_{s} RENAME VALUE 'calm' TO 'quiet'",
    "ALTER TYPE pair_{s} RENAME ATTRIBUTE t TO text",
    "ALTER TABLE orders_{s} DROP COLUMN ms",
    "ALTER TABLE orders_{s} ALTER COLUMN a TYPE text",
    "ALTER TABLE orders_{s} ALTER COLUMN n TYPE int",
    "ALTER TABLE orders_{s} RENAME COLUMN f TO flag",
    "ALTER TABLE orders_{s} RENAME COLUMN note TO f",
    "ALTER TYPE mood_{s} RENAME TO temper_{s}",
    "ALTER TABLE orders_{s} RENAME TO sales_{s}",
]
DROP = ["DROP TABLE sales_{s}, whole_{s}", "DROP TYPE temper_{s}, pair_{s}",
        "DROP DOMAIN doc_{s}, flag_{s}, deep_{s}, amount_{s}"]
VALUES = {
    "m": "(enum_range(NULL::{t}))[1 + g % 3]", "ms": "enum_range(NULL::{t})",
    "p": "(g, 'a \"pair\" ' || g)::{p}", "ps": "ARRAY[(g, 'x')::{p}, NULL]", "a": "g * 1.10",
    "aa": "ARRAY[g, 1.5]", "e": "g * 1.10", "f": "g % 2 = 0", "flag": "g % 2 = 0",
    "d": "'{{\"a\": [1.50]}}'", "n": "g", "note": "repeat('x', 100)"}


class Scene:
    """Rows are written at each of the changes' stages."""

    def __init__(self, postgres: Postgres, name: str):
        self._postgres = postgres
        self._name = name
        self._next = 1

    def run(self, statement: str) -> None:
        self._postgres.query(statement.format(s=self._name))

    def write(self) -> None:
        first, self._next = self._next, self._next + ROWS
        table, mood = self._postgres.query(
            "SELECT max(c.oid::regclass::text), max(t.oid::regtype::text)"
            " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = atttypid"
            " WHERE attname = 'm' AND relkind = 'r' AND relname ~ %s", f"^(orders|sales)_{self._name}$")[0]
        columns = [column for (column, _) in self._postgres.query(
            "SELECT attname, attnum FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 1"
            " AND NOT attisdropped ORDER BY attnum", table)]
        texts = [VALUES["note" if column == "f" and "flag" in columns else column].format(
            t=mood, p=f"pair_{self._name}") for column in columns]
        self._postgres.query(
            f"INSERT INTO {table} (id, {', '.join(columns)}) SELECT g, {', '.join(texts)}"
            f" FROM generate_series({first}, {self._next - 1}) g")
        self._postgres.query(f"UPDATE {table} SET n = n + 1 WHERE id = {first}")
        self._postgres.query(f"DELETE FROM {table} WHERE id = {first + 1}")
        whole = f"whole_{self._name}"
        self._postgres.query(f"INSERT INTO {whole} SELECT g, (enum_range(NULL::{mood}))[2], NULL"
                             f" FROM generate_series({first}, {first + 9}) g")
        self._postgres.query(f"UPDATE {whole} SET k = k + 0.25 WHERE k < {first + 3}")  # the key
        self._postgres.query(f"UPDATE {whole} SET note = 'x' WHERE k < {first + 6}")
        self._postgres.query(f"DELETE FROM {whole}")


class Marks:
    """Rows that say by their arrival how far a sink is."""

    def __init__(self, postgres: Postgres, daemon: Slotcast):
        self._postgres = postgres
        self._daemon = daemon
        self._last = 0
        postgres.query("CREATE TABLE marks (id int PRIMARY KEY)")

    def wait(self, sink: str) -> None:
        """All that was written is in the log, since this sink has it."""
        self._last += 1
        self._postgres.query("INSERT INTO marks VALUES (%s)", self._last)
        wait_until(lambda: str(self._last) in self.seen(sink), f"{sink} has all of it")

    def seen(self, sink: str) -> list[str]:
        return [str(line.change.values["id"]) for file in stage.read_stage(self._daemon.stages[sink])
                for line in file.lines if file.table == "public.marks"]

    def require_behind(self, sink: str) -> None:
        require(str(self._last) not in self.seen(sink), f"{sink} is not behind: nothing is tested")


def lag(scene: Scene, marks: Marks) -> None:
    """Each time the log has the rows before what follows is done."""
    for change in [*CHANGES, *DROP]:
        if change not in DROP[1:]:
            scene.write()
            marks.wait("first")
        scene.run(change)
    marks.wait("first")
    marks.require_behind("late")


def run(case: Case) -> None:
    postgres = case.postgres(with_tables=False)
    scenes = [Scene(postgres, name) for name in SCENES]
    for scene in scenes:
        scene.run(MAKE)
    daemon = case.slotcast(postgres.uri())
    marks = Marks(postgres, daemon)
    full = {f"public.whole_{name}": FullIdentity(["k"] if name != "three" else [],
                                                 ["k", "m", "note"]) for name in SCENES}
    history.DOMAINS |= {f"{domain}_{name}": base for domain, base in BEHIND.items() for name in SCENES}
    oracle = Oracle(postgres, tables=Tables(full=full))
    disk = SmallDisk(case.directory / "disk", 32)
    case.on_cleanup(disk.cleanup)
    daemon.add_sink("first", every="50ms")
    daemon.add_sink("late", disk.path / "stage", every="50ms")
    case.on_cleanup(daemon.cleanup)  # before the disk goes
    daemon.start()
    daemon.wait_ready()

    disk.fill()
    lag(scenes[0], marks)
    disk.free()
    marks.wait("late")

    # Another process, which has not seen the types.
    disk.fill()
    lag(scenes[1], marks)
    daemon.kill()
    disk.free()
    daemon.start()
    marks.wait("late")

    # Nobody has: the stream alone tells what is behind a domain, and nothing what the key was.
    daemon.stop()
    for change in [*CHANGES, *DROP]:
        if change not in DROP[1:]:
            scenes[2].write()
        scenes[2].run(change)
    daemon.drain()

    expected = oracle.read()
    for name, directory in daemon.stages.items():
        compare.compare_rows(name, stage.read_stage(directory), expected)
    case.counts |= {"changes of types and tables": len(scenes) * len([*CHANGES, *DROP]),
                    "rows": len(expected)}


if __name__ == "__main__":
    main(__doc__, run)
