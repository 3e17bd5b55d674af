#!/usr/bin/python3
"""Every replica identity, long keys, changed keys: the application's statements all succeed, and the
files have what the server sends."""

import dataclasses
import hashlib

from harness import compare, history, stage
from harness.case import Case, main
from harness.oracle import FullIdentity, Oracle, Tables
from harness.postgres import Postgres
from harness.processes import require
from harness.slotcast import Slotcast

COLUMNS = ["id", "code", "note", "big"]
LONG = 2500  # more than stays in a row, less than an index takes
ROWS = 20


@dataclasses.dataclass
class Table:
    """`key` is how its rows are told apart in the files; None: they are not, or it only grows."""

    ddl: str
    key: str | None
    insert_only: bool = False
    full_key: list[str] | None = None  # with identity full: the primary key's columns
    long_code: bool = False


COMMON = "id int NOT NULL, code text NOT NULL, note text, big text"
BY_INDEX = ("CREATE UNIQUE INDEX {t}_code ON {t} (code);"
            " ALTER TABLE {t} REPLICA IDENTITY USING INDEX {t}_code")
FULL = "ALTER TABLE {t} REPLICA IDENTITY FULL"
NOTHING = "ALTER TABLE {t} REPLICA IDENTITY NOTHING"
# Ids up to 99 and those above are of different partitions. The second one's columns stand in another
# order, with a hole.
PARTED = """CREATE TABLE {t} (%s, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE {t}_low PARTITION OF {t} FOR VALUES FROM (0) TO (100);
CREATE TABLE {t}_high (big text, gone int, code text NOT NULL, id int NOT NULL, note text);
ALTER TABLE {t}_high DROP gone;
ALTER TABLE {t} ATTACH PARTITION {t}_high FOR VALUES FROM (100) TO (1000000)""" % COMMON
TABLE = f"CREATE TABLE {{t}} ({COMMON})"
KEYED = f"CREATE TABLE {{t}} ({COMMON}, PRIMARY KEY (id))"
BY_CODE = f"CREATE TABLE {{t}} ({COMMON}, PRIMARY KEY (code))"

TABLES = {
    "by_default": Table(KEYED, "id"),
    "by_code": Table(BY_CODE, "code"),
    "by_both": Table(f"CREATE TABLE {{t}} ({COMMON}, PRIMARY KEY (id, code))", None),
    "by_index": Table(f"{KEYED}; {BY_INDEX}", "code"),
    "by_full": Table(f"{KEYED}; {FULL}", "id", full_key=["id"]),
    "full_without_key": Table(f"{TABLE}; {FULL}", None, full_key=[]),
    "full_deferred": Table(f"CREATE TABLE {{t}} ({COMMON}, PRIMARY KEY (id) DEFERRABLE); {FULL}",
                           "id", full_key=["id"]),
    "long_key": Table(BY_CODE, "code", long_code=True),
    "long_full": Table(f"{BY_CODE}; {FULL}", "code", full_key=["code"], long_code=True),
    "long_index": Table(f"{KEYED}; {BY_INDEX}", "code", long_code=True),
    "parted": Table(PARTED, "id"),
    "parted_full_below": Table(PARTED + "; ALTER TABLE {t}_low REPLICA IDENTITY FULL", "id"),
    # It is said of the table only, and holds for none of its partitions.
    "parted_full_above": Table(f"{PARTED}; {FULL}", "id"),
    "parted_full": Table(f"{PARTED}; {FULL}; ALTER TABLE {{t}}_low REPLICA IDENTITY FULL;"
                         " ALTER TABLE {t}_high REPLICA IDENTITY FULL", "id"),
    "parted_mixed": Table(f"{PARTED}; {FULL}; ALTER TABLE {{t}}_low REPLICA IDENTITY FULL", "id"),
    "parted_without": Table(PARTED + "; ALTER TABLE {t}_high REPLICA IDENTITY NOTHING", None, True),
    "nothing": Table(f"{KEYED}; {NOTHING}", None, True),
    "nothing_without_key": Table(f"{TABLE}; {NOTHING}", None, True),
    "without_key": Table(TABLE, None, True),
    "deferred": Table(f"CREATE TABLE {{t}} ({COMMON}, PRIMARY KEY (id) DEFERRABLE)", None, True),
    "index_dropped": Table(f"{TABLE}; {BY_INDEX}; DROP INDEX {{t}}_code", None, True),
}
# Partitions whose old rows come whole. Beside some that have but a key, a NULL in them tells nothing.
FULL_BELOW = {"parted_full_low": COLUMNS, "parted_full_high": COLUMNS, "parted_full_below_low": [],
              "parted_mixed_low": []}


def what_is_known() -> Tables:
    roots = {f"public.{name}_{part}": f"public.{name}" for name in TABLES if "parted" in name
             for part in ("low", "high")}
    full = {f"public.{name}": FullIdentity(table.full_key, COLUMNS)
            for name, table in TABLES.items() if table.full_key is not None}
    full |= {f"public.{name}": FullIdentity(["id"], columns) for name, columns in FULL_BELOW.items()}
    return Tables(frozenset(f"public.{name}" for name, table in TABLES.items() if table.insert_only),
                  roots, full)


def long_text(of: object) -> str:
    """Does not compress, so it does not stay in the row."""
    text = "".join(hashlib.sha256(f"{of} {part}".encode()).hexdigest() for part in range(LONG // 64))
    return text.ljust(LONG, "-")


def statements_of(name: str, table: Table) -> list[str]:
    def code(of: object) -> str:
        return long_text(f"code {of}") if table.long_code else f"code {of}"

    def insert(row: int) -> str:
        big = f"'{long_text(row)}'" if row % 2 else "NULL"
        return f"INSERT INTO {name} VALUES ({row}, '{code(row)}', 'note {row}', {big})"

    def update(what: str, where: str) -> str:
        return f"UPDATE {name} SET {what} WHERE {where}"
    return [
        *[insert(row) for row in range(1, ROWS)],
        update("note = 'beside a long value'", "id IN (1, 2)"),
        update("note = NULL", "id IN (3, 4)"),
        update(f"big = '{long_text('new')}'", "id IN (1, 2)"),
        update("big = NULL", "id = 5"),
        update("id = id, code = code, note = 'the same key'", "id IN (6, 7)"),
        update("id = id + 50", "id IN (8, 9)"),
        update("id = id + 500", "id IN (10, 11)"),
        update(f"code = '{code('changed')}'", "id = 13"),
        update("id = 60, code = 'short', note = NULL, big = 'short'", "id = 15"),
        update("note = coalesce(note, '') || '!'", "true"),
        f"DELETE FROM {name} WHERE id IN (1, 2)",
        insert(1),
        f"BEGIN; {update('id = 70', 'id = 17')}; {update('note = NULL', 'id = 70')};"
        f" {update('id = 17', 'id = 70')}; DELETE FROM {name} WHERE id = 17; {insert(17)};"
        f" SAVEPOINT s; {update('id = 71', 'id = 17')}; ROLLBACK TO s;"
        f" {update('id = 72', 'id = 17')}; COMMIT",
        f"DELETE FROM {name} WHERE id > 500 OR id = 13",
    ]


def make_tables(postgres: Postgres) -> None:
    for name, table in TABLES.items():
        postgres.query(table.ddl.format(t=name))
        for part in ("_low", "_high") if "parted" in name else ("",):
            postgres.query(f"ALTER TABLE {name}{part} ALTER big SET STORAGE EXTERNAL,"
                           " ALTER code SET STORAGE EXTERNAL")


def truncate(postgres: Postgres) -> None:
    names = list(TABLES)
    for name in names[::2]:
        postgres.query(f"TRUNCATE {name}")
    postgres.query(f"TRUNCATE {', '.join(names[1::2])}")
    postgres.query("TRUNCATE parted_low")  # the server does not publish it: only its row below is seen
    for name in names:
        postgres.query(f"INSERT INTO {name} VALUES (200, 'behind', NULL, NULL)")


def check_subject(expected: history.History) -> None:
    """The tables were what they are called, or the comparison has compared nothing."""
    for name, table in TABLES.items():
        changes = [change for change in expected.values() if change.table == f"public.{name}"]
        ops = {change.op for change in changes}
        require(ops == ({"c"} if table.insert_only else {"c", "u", "d", "t"}), f"{name}: {ops}")
        if table.insert_only:
            continue
        is_whole = all("big" in change.values for change in changes if change.op == "u")
        require(is_whole == (table.full_key is not None or name == "parted_full"),
                f"{name}: unchanged values were {'not ' * is_whole}left out")


def check_state(daemon: Slotcast, postgres: Postgres) -> None:
    """The tables with a key can be built from the files."""
    keys = {f"public.{name}": table.key for name, table in TABLES.items() if table.key}
    for name, directory in daemon.stages.items():
        files = [file for file in stage.read_stage(directory) if file.table in keys]
        compare.compare_state(name, files, postgres, keys)


def run(case: Case) -> None:
    postgres = case.postgres(with_tables=False)
    make_tables(postgres)
    oracle = Oracle(postgres, tables=what_is_known())
    daemon = case.slotcast(postgres.uri())
    daemon.add_sink("a", every="50ms")
    daemon.add_sink("b", max_rows=7, every="200ms")
    daemon.start()
    daemon.wait_ready()
    count = 0
    with postgres.connect().cursor() as application:
        for name, table in TABLES.items():
            for statement in statements_of(name, table):
                application.execute(statement)  # fails the test when it fails
                count += 1
    daemon.stop()
    daemon.drain()
    check_state(daemon, postgres)
    truncate(postgres)
    daemon.drain()
    expected = oracle.read()
    for name, directory in daemon.stages.items():
        compare.compare_rows(name, stage.read_stage(directory), expected)
    check_subject(expected)
    case.counts |= {"tables": len(TABLES), "statements": count, "rows": len(expected)}


if __name__ == "__main__":
    main(__doc__, run)
