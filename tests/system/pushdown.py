#!/usr/bin/python3
"""Filters and select lists pushed down into the publications: the same rows arrive, of fewer bytes; the
application's statements all succeed, also while routes are widened and when it is switched off again."""

import hashlib
import random

from harness import compare, stage
from harness.case import Case, main
from harness.postgres import Postgres
from harness.processes import require, wait_until
from harness.slotcast import Slotcast

COMMON = "id int NOT NULL, code text COLLATE \"C\" NOT NULL, note text, big text, more text"
LOW, HIGH = 1, 2000  # ids; the filters let pass those below 1000
STATEMENTS = 400

# DDL, the route's where and select, the key in the files, whether rows are filtered at the server, and
# columns listed.
TABLES = {
    "by_default": ("CREATE TABLE {t} (%s, PRIMARY KEY (id))", "id < 1000", "id, note, big", "id", True, True),
    "by_other": ("CREATE TABLE {t} (%s, PRIMARY KEY (id))", "note <> 'skip'", "id, note", "id", False, True),
    "by_full": ("CREATE TABLE {t} (%s, PRIMARY KEY (id)); ALTER TABLE {t} REPLICA IDENTITY FULL",
                "note <> 'skip' OR big LIKE 'a%%'", "id, note, big", "id", True, False),
    "by_index": ("CREATE TABLE {t} (%s, PRIMARY KEY (id)); CREATE UNIQUE INDEX {t}_i ON {t} (code);"
                 " ALTER TABLE {t} REPLICA IDENTITY USING INDEX {t}_i",
                 "code LIKE '1%%'", "code, big", "code", True, True),
    "parted": ("CREATE TABLE {t} (%s, PRIMARY KEY (id)) PARTITION BY RANGE (id);"
               " CREATE TABLE {t}_low PARTITION OF {t} FOR VALUES FROM (0) TO (700);"
               " CREATE TABLE {t}_high PARTITION OF {t} FOR VALUES FROM (700) TO (100000)",
               "id < 1000 AND id <> 7", "id, note, big", "id", True, True),
    "nothing": ("CREATE TABLE {t} (%s, PRIMARY KEY (id)); ALTER TABLE {t} REPLICA IDENTITY NOTHING",
                "note <> 'skip'", "id, note", None, True, False),
    "without_key": ("CREATE TABLE {t} (%s)", "note <> 'skip' AND id < 1000", "id, note", None, True, False),
    "whole": ("CREATE TABLE {t} (%s, PRIMARY KEY (id))", None, None, "id", False, False),
}


def long_text(of: object) -> str:
    """Does not compress, so it does not stay in the row."""
    return "".join(hashlib.sha256(f"{of} {part}".encode()).hexdigest() for part in range(40))


class Load:
    """The application. Every statement must succeed."""

    def __init__(self, postgres: Postgres, seed: int):
        self.random = random.Random(seed)
        self.connection = postgres.connect()
        self.cursor = self.connection.cursor()
        self.last = 0

    def insert(self, table: str) -> None:
        self.last += 1
        note = self.random.choice(["skip", "keep", "also", None])
        big = long_text(self.random.random()) if self.random.random() < 0.6 else None
        id_ = self.random.randrange(LOW, HIGH)
        self.cursor.execute(
            f"INSERT INTO {table} SELECT %s, %s, %s, %s, %s"
            f" WHERE NOT EXISTS (SELECT FROM {table} WHERE id = %s)",
            (id_, f"{id_} {self.last}", note, big, long_text(self.last), id_))

    def update(self, table: str) -> None:
        row = f"id IN (SELECT id FROM {table} ORDER BY random() LIMIT 3)"
        what = self.random.choice([
            "note = 'skip'", "note = 'keep'", "note = NULL", "more = 'other'",
            f"big = '{long_text(self.random.random())}'", "big = NULL"])
        self.cursor.execute(f"UPDATE {table} SET {what} WHERE {row}")

    def change_key(self, table: str) -> None:
        """To a new id and code, in or out of the filters. Long values come along: a row that enters by its
        key alone has none but those that the server sends."""
        self.last += 1
        new = self.random.randrange(LOW, HIGH)
        self.cursor.execute(
            f"UPDATE {table} SET id = %s, code = %s, big = %s, more = %s WHERE NOT EXISTS"
            f" (SELECT FROM {table} WHERE id = %s)"
            f" AND id = (SELECT id FROM {table} ORDER BY random() LIMIT 1)",
            (new, f"{new} {self.last}", long_text(self.last), long_text(new), new))

    def delete(self, table: str) -> None:
        self.cursor.execute(f"DELETE FROM {table} WHERE id = (SELECT max(id) FROM {table} WHERE id < %s)",
                            (self.random.randrange(LOW, HIGH),))

    def run(self, count: int) -> None:
        for _ in range(count):
            table = self.random.choice(list(TABLES))
            is_growing = TABLES[table][3] is None
            steps = [self.insert] * 3 if is_growing else [
                self.insert] * 4 + [self.update] * 4 + [self.change_key] * 2 + [self.delete]
            in_transaction = self.random.random() < 0.3
            if in_transaction:
                self.cursor.execute("BEGIN")
            for step in self.random.choices(steps, k=3 if in_transaction else 1):
                step(table)
            if in_transaction:
                self.cursor.execute("ROLLBACK" if self.random.random() < 0.1 else "COMMIT")

    def everything_else(self) -> None:
        """What a publication could make fail, also where the daemon is not told."""
        for table in TABLES:
            self.cursor.execute(f"UPDATE {table} SET note = note WHERE id = 1")
            self.cursor.execute(f"DELETE FROM {table} WHERE id = 1 AND {TABLES[table][3] is not None}")
        self.cursor.execute("TRUNCATE by_default, parted")


def routes(widened: bool) -> list[dict[str, object]]:
    made = []
    for name, (_, where, select, *_) in TABLES.items():
        route: dict[str, object] = {"from": f"public.{name}", "to": ["a"]}
        if where:
            route["where"] = where.replace("%%", "%")
        if select:
            route["select"] = select
        if widened and name == "by_default":
            route |= {"where": "id < 1500", "select": "id, note, big, more"}
        made.append(route)
    return made


def make_pipeline(case: Case, postgres: Postgres, pushdown: str) -> Slotcast:
    daemon = case.slotcast(postgres.uri(), f"push_{pushdown}")
    daemon.add_sink("a", every="100ms", begin="snapshot")
    daemon.config["source"]["pushdown"] = pushdown
    daemon.config["routes"] = routes(False)
    return daemon


def published(postgres: Postgres, daemon: Slotcast) -> dict[str, tuple[bool, bool]]:
    """Of each table: whether its rows are filtered, and its columns listed."""
    return {name: (is_filtered, is_listed) for name, is_filtered, is_listed in postgres.query(
        "SELECT prrelid::regclass::text, prqual IS NOT NULL, prattrs IS NOT NULL FROM pg_publication_rel"
        " JOIN pg_publication p ON p.oid = prpubid WHERE pubname LIKE %s", daemon.slot + "%")}


def as_text(value: object) -> str | None:
    return None if value is None else str(value)


def wanted(route: dict[str, object], postgres: Postgres, name: str) -> list[dict[str, object]]:
    columns = str(route.get("select", "id, code, note, big, more")).split(", ")
    rows = postgres.query(f"SELECT {', '.join(columns)} FROM {name} WHERE {route.get('where', 'true')}")
    return sorted(({column: as_text(value) for column, value in zip(columns, row)} for row in rows),
                  key=compare.sort_key)


def compare_all(daemon: Slotcast, postgres: Postgres, widened: bool = False) -> int:
    """The tables that the files build are those of the server, filtered. Where only inserts are sent the
    rows as they were inserted are all that can be; they are compared between the pipelines."""
    files = stage.read_stage(daemon.stages["a"])
    built = compare.replay(files, {f"public.{name}": table[3] for name, table in TABLES.items()})
    count = 0
    for route in routes(widened):
        name = str(route["from"]).split(".")[1]
        if TABLES[name][3] is None:
            continue
        should = wanted(route, postgres, name)
        found = sorted(({column: as_text(row.get(column)) for column in (should[0] if should else row)}
                        for row in built[f"public.{name}"].values()), key=compare.sort_key)
        count += len(should)
        if found != should:
            at = next((at for at, pair in enumerate(zip(found, should)) if pair[0] != pair[1]),
                      min(len(found), len(should)))
            require(False, f"{daemon.config['name']}: {name}: {len(found)} rows, wanted {len(should)}: "
                           f"{compare.difference(found, should, at)}")
    return count


def inserted(daemon: Slotcast) -> dict[str, list[str]]:
    files = stage.read_stage(daemon.stages["a"])
    return {name: sorted(repr(sorted(line.change.values.items())) for file in files
                         if file.table == f"public.{name}" for line in file.lines)
            for name, table in TABLES.items() if table[3] is None}


def catch_up(daemon: Slotcast, postgres: Postgres) -> int:
    """The bytes of messages received so far."""
    end = postgres.value("SELECT pg_current_wal_insert_lsn()::text")
    postgres.query("SELECT pg_logical_emit_message(true, 'test', 'behind')")

    def is_there() -> bool:
        require(daemon.is_running(), daemon.ended_early())
        at = daemon.capture().get("logged", "0/0")
        return postgres.value("SELECT %s::pg_lsn >= %s::pg_lsn", at, end)
    wait_until(is_there, "the log has everything", 60)
    return daemon.capture()["message_bytes"]


def is_copied(daemon: Slotcast) -> bool:
    return (daemon.status() or {}).get("snapshot", {}).get("state") != "copying"


def times_read_anew(daemon: Slotcast) -> int:
    return sum(line.change.op == "e" and line.change.table == "public.by_default"
               for file in stage.read_stage(daemon.stages["a"]) for line in file.lines)


def migrate(daemon: Slotcast, postgres: Postgres, load: Load) -> None:
    """A column changes its type as one does it on a busy table: the column list and the filter stay with
    the old column, until the daemon sees it."""
    before = times_read_anew(daemon)
    for statement in ("ALTER TABLE by_default ADD note2 text", "UPDATE by_default SET note2 = note",
                      "ALTER TABLE by_default RENAME note TO note_old",
                      "ALTER TABLE by_default RENAME note2 TO note"):
        postgres.query(statement)
    wait_until(lambda: load.run(20) or times_read_anew(daemon) > before, "the table is read anew", 60)


def leave_out(daemon: Slotcast, postgres: Postgres, load: Load) -> int:
    """A sink is taken out of the file for a while: what it missed, it gets from the log."""
    daemon.add_sink("b", every="100ms", begin="snapshot")
    daemon.config["routes"][-1] |= {"from": "public.by_index", "select": "code, big, more"}
    sinks, all_routes = dict(daemon.config["sinks"]), list(daemon.config["routes"])
    for has_b in (True, False, True):
        daemon.config["sinks"] = sinks if has_b else {"a": sinks["a"]}
        daemon.config["routes"] = all_routes if has_b else all_routes[:-1]
        daemon.start()
        daemon.wait_ready()
        load.run(STATEMENTS)
        catch_up(daemon, postgres)
        daemon.stop()
    daemon.drain()
    built = compare.replay(stage.read_stage(daemon.stages["b"]), {"public.by_index": "code"})
    should = wanted({"select": "code, big, more"}, postgres, "by_index")
    found = sorted(({column: as_text(row.get(column)) for column in ("code", "big", "more")}
                    for row in built["public.by_index"].values()), key=compare.sort_key)
    require(found == should, f"a sink that was left out for a while: {len(found)} rows, wanted {len(should)}")
    return len(should)


def check_live(daemon: Slotcast, postgres: Postgres) -> None:
    """Says for each table what it would do, or why not, and does nothing."""
    daemon.write_config()
    answer = daemon.command("check", "--live")
    require(answer.returncode == 0,
            f"check --live ended with {answer.returncode}: {answer.stdout}{answer.stderr}")
    for name, (*_, is_filtered, is_listed) in TABLES.items():
        said = answer.stdout.split(f"table public.{name}:")[1].split("\ntable public.")[0]
        added = said.split("ADD TABLE")[1].split("COMMIT;")[0] if "  pushdown  BEGIN;" in said else ""
        require((" WHERE (" in added, '" ("' in added) == (is_filtered, is_listed),
                f"check --live: {name}: {said}")
        words = " ".join(said.split())
        require(is_filtered or "pushdown: all rows: " in words, f"{name}: why no filter? {said}")
        require(is_listed or "pushdown: all columns: " in words, f"{name}: why no list? {said}")
    require(postgres.value("SELECT count(*) FROM pg_publication") == 0, "check --live left a publication")


def start_all(daemons: list[Slotcast]) -> None:
    for daemon in daemons:
        daemon.start()
    for daemon in daemons:
        daemon.wait_ready()


def run(case: Case) -> None:
    postgres = case.postgres(with_tables=False)
    for name, (ddl, *_) in TABLES.items():
        postgres.query((ddl % COMMON).format(t=name))
        parts = ("_low", "_high") if name == "parted" else ("",)
        for part in parts:
            postgres.query(f"ALTER TABLE {name}{part} ALTER big SET STORAGE EXTERNAL,"
                           " ALTER more SET STORAGE EXTERNAL, ALTER note SET STORAGE PLAIN")
    load = Load(postgres, case.seed)
    load.run(STATEMENTS)  # for the snapshot
    off, auto = make_pipeline(case, postgres, "off"), make_pipeline(case, postgres, "auto")
    check_live(auto, postgres)
    start_all([off, auto])
    for daemon in (off, auto):
        wait_until(lambda daemon=daemon: is_copied(daemon), "the snapshot", 60)
    should = {name: (table[4], table[5]) for name, table in TABLES.items()}
    require(published(postgres, auto) == should, f"published: {published(postgres, auto)}, wanted {should}")
    require(not any(any(each) for each in published(postgres, off).values()), "off narrows")
    load.run(STATEMENTS)
    load.everything_else()
    load.run(STATEMENTS)
    sent = {daemon.config["name"]: catch_up(daemon, postgres) for daemon in (off, auto)}
    require(sent["push_auto"] < 0.7 * sent["push_off"], f"bytes received: {sent}")
    for daemon in (off, auto):
        daemon.stop()
        daemon.drain()
    rows = compare_all(off, postgres) + compare_all(auto, postgres)
    require(inserted(off) == inserted(auto), "tables of which inserts alone are sent differ")

    # Wider: what is committed before the next start was not sent, and comes with the table's rows.
    load.run(STATEMENTS)
    for daemon in (off, auto):
        daemon.config["routes"] = routes(True)
    start_all([off, auto])
    for daemon in (off, auto):
        wait_until(lambda daemon=daemon: load.run(20) or times_read_anew(daemon), "it is read anew", 60)
    load.run(STATEMENTS)
    for daemon in (off, auto):
        catch_up(daemon, postgres)
        daemon.stop()
        daemon.drain()
    rows += compare_all(off, postgres, True) + compare_all(auto, postgres, True)

    auto.start()
    auto.wait_ready()
    migrate(auto, postgres, load)
    catch_up(auto, postgres)
    auto.stop()
    auto.drain()
    rows += compare_all(auto, postgres, True) + leave_out(auto, postgres, load)

    auto.config["source"]["pushdown"] = "off"
    auto.start()
    auto.wait_ready()
    require(not any(any(each) for each in published(postgres, auto).values()), "it is still narrowed")
    load.run(STATEMENTS)
    load.everything_else()
    catch_up(auto, postgres)
    auto.stop()
    for daemon in (off, auto):
        daemon.drain()
    rows += compare_all(off, postgres, True) + compare_all(auto, postgres, True)
    require(inserted(off) == inserted(auto), "tables of which inserts alone are sent differ at the end")
    case.counts |= {"tables": len(TABLES), "rows": rows,
                    "percent of the bytes": round(100 * sent["push_auto"] / sent["push_off"])}


if __name__ == "__main__":
    main(__doc__, run)
