#!/usr/bin/python3
"""Two tables read as one, branched by where and select: each row reaches its own target only, with
PostgreSQL's own values, and a row that cannot be cast becomes a dead letter, once, also over a kill.
A TRUNCATE empties its own target and no other."""

import collections
import dataclasses
import json
import random
import typing

from harness import compare, history, stage
from harness.case import Case, main
from harness.postgres import Postgres
from harness.processes import require, wait_until
from harness.slotcast import Slotcast

TABLES = """
CREATE SCHEMA dbo;
CREATE TABLE dbo.constants (constantid int PRIMARY KEY, key text, value text, description text,
  insertutcdate timestamptz DEFAULT now(), extraf text, extraf_1 text);
CREATE TABLE dbo.enumdescriptor (enumdescriptorid int PRIMARY KEY, enumtypeid int, name text,
  value text, languageresourceid int, insertutcdate timestamptz DEFAULT now());
"""
# Some are a bigint, some are not; which is for the server to say.
VALUES = ["0", "-0", "42", " 42 ", "+7", "00012", "9223372036854775807", "-9223372036854775808",
          "9223372036854775808", "-9223372036854775809", "abc", "", " ", "1.5", "1e3", "0x10",
          "1_000", "٣", "--1", "1 2", "\t5\n", "NaN", None]
TEXTS = ["", "it's", "\"quoted\"", "line\nline", "äöü € 🐘", "null", None]
KEYS_PER_TABLE = 25
CHANGES = 400


@dataclasses.dataclass
class Target:
    """What a route makes of its table: columns with their expressions and types."""

    key: str
    columns: dict[str, tuple[str, str]]

    def select(self) -> str:
        return ", ".join(name if name == expression else f"{expression} AS {name}"
                         for name, (expression, _) in self.columns.items())

    def texts(self) -> str:
        """What the server would print of each; format() prints as the type does."""
        return ", ".join(f"CASE WHEN {expression} IS NOT NULL THEN format('%s', {expression}) END"
                         for expression, _ in self.columns.values())

    def row(self, texts: list[str | None]) -> dict[str, typing.Any]:
        return {column: history.as_json(type_name, text)
                for (column, (_, type_name)), text in zip(self.columns.items(), texts)}


def plain(**types: str) -> dict[str, tuple[str, str]]:
    return {name: (name, type_name) for name, type_name in types.items()}


WHEN = {"insertutcdate": ("insertutcdate", "timestamp with time zone")}
TARGETS = {
    "constants": Target("constantid", {
        "constantid": ("CAST(constantid AS TEXT)", "text"),
        **plain(key="text", value="text", description="text"), **WHEN,
        **plain(extraf="text", extraf_1="text")}),
    "enumdescriptor": Target("enumdescriptorid", {
        **plain(enumdescriptorid="integer", enumtypeid="integer", name="text"),
        "value": ("CAST(value AS BIGINT)", "bigint"),
        **plain(languageresourceid="integer"), **WHEN}),
}

# Notes of each row, as it is written, what the server makes of it: the values that should be sent,
# or the error.
ORACLE = """
CREATE SCHEMA oracle;
CREATE TABLE oracle.history (number bigserial, target text, op text, key text, old_key text,
  texts text[], error text);
"""
ORACLE_OF_TABLE = """
CREATE FUNCTION oracle.note_{target}(operation text, old dbo.{target}, new dbo.{target})
RETURNS void LANGUAGE plpgsql AS $$
DECLARE texts text[]; error text;
BEGIN
  IF operation <> 'DELETE' THEN
    BEGIN
      texts := (SELECT ARRAY[{texts}] FROM (SELECT (new).*) row);
    EXCEPTION WHEN data_exception THEN
      error := SQLSTATE;
    END;
  END IF;
  INSERT INTO oracle.history (target, op, key, old_key, texts, error)
    VALUES ('{target}', operation, (new).{key}, (old).{key}, texts, error);
END $$;
CREATE FUNCTION oracle.trigger_{target}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM oracle.note_{target}(TG_OP, OLD, NEW);
  RETURN NULL;
END $$;
CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON dbo.{target}
  FOR EACH ROW EXECUTE FUNCTION oracle.trigger_{target}();
CREATE FUNCTION oracle.truncate_{target}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO oracle.history (target, op) VALUES ('{target}', TG_OP);
  RETURN NULL;
END $$;
CREATE TRIGGER note_all AFTER TRUNCATE ON dbo.{target}
  FOR EACH STATEMENT EXECUTE FUNCTION oracle.truncate_{target}();
"""


def make_tables(postgres: Postgres, identity: str) -> None:
    postgres.query(TABLES + ORACLE)
    for name, target in TARGETS.items():
        texts = target.texts()
        postgres.query(f"ALTER TABLE dbo.{name} REPLICA IDENTITY {identity};"
                       + ORACLE_OF_TABLE.format(target=name, key=target.key, texts=texts))


class Load:
    """One writer: what it did is what the oracle's table says, in order."""

    def __init__(self, postgres: Postgres, dice: random.Random):
        self._postgres = postgres
        self._dice = dice

    def run(self, count: int) -> None:
        connection = self._postgres.connect()
        with connection.cursor() as cursor:
            for _ in range(count):
                self._change(cursor)
        connection.close()

    def truncate(self, *names: str) -> None:
        self._postgres.query("TRUNCATE " + ", ".join(f"dbo.{name}" for name in names))

    def _change(self, cursor) -> None:
        name = self._dice.choice(list(TARGETS))
        key, column = self._dice.randrange(KEYS_PER_TABLE), TARGETS[name].key
        kind, value = self._dice.random(), self._dice.choice(VALUES)
        if kind < 0.5:
            text = "key" if name == "constants" else "name"
            cursor.execute(
                f"INSERT INTO dbo.{name} ({column}, {text}, value) VALUES (%s, %s, %s)"
                f" ON CONFLICT ({column}) DO UPDATE SET value = excluded.value, {text} = excluded.{text}",
                (key, self._dice.choice(TEXTS), value))
        elif kind < 0.7:
            cursor.execute(f"UPDATE dbo.{name} SET value = %s WHERE {column} = %s", (value, key))
        elif kind < 0.8:  # another key
            cursor.execute(
                f"UPDATE dbo.{name} SET {column} = %s WHERE {column} = %s AND NOT EXISTS"
                f" (SELECT FROM dbo.{name} WHERE {column} = %s)", (key, key + 1, key))
        else:
            cursor.execute(f"DELETE FROM dbo.{name} WHERE {column} = %s", (key,))


@dataclasses.dataclass
class Expected:
    tables: dict[str, compare.Table]
    errors: collections.Counter  # (target, key, sqlstate): how often


def expect(postgres: Postgres) -> Expected:
    """A row that cannot be cast leaves at its target what was there; one that is deleted, or gets
    another key, is gone there whatever its value was."""
    expected = Expected({f"dbo.{name}": {} for name in TARGETS}, collections.Counter())
    for name, operation, key, old_key, texts, error in postgres.query(
            "SELECT target, op, key, old_key, texts, error FROM oracle.history ORDER BY number"):
        target, rows = TARGETS[name], expected.tables[f"dbo.{name}"]
        if operation == "TRUNCATE":
            rows.clear()
        if old_key is not None and old_key != key:
            rows.pop(history.as_json(target.columns[target.key][1], old_key), None)
        if error is not None:
            expected.errors[name, key, error] += 1
        elif texts is not None:
            row = target.row(texts)
            rows[row[target.key]] = row
    return expected


def check_lines(files: list[stage.StageFile]) -> None:
    """Of each target its own columns, and of a row that is there all of them."""
    for file in files:
        require(file.table in {f"dbo.{name}" for name in TARGETS}, f"a file of {file.table}")
        columns = set(TARGETS[file.table.removeprefix("dbo.")].columns)
        for line in file.lines:
            found = set(line.change.values)
            is_right = found <= columns if line.change.op == "d" else found == columns
            if line.change.op in ("t", "b", "e"):
                is_right = not found
            require(is_right, f"{line.place}: columns {sorted(found)}, wanted {sorted(columns)}")


def check_truncates(files: list[stage.StageFile], postgres: Postgres) -> None:
    """Of each at its own target, once."""
    wanted = collections.Counter(f"dbo.{name}" for name, in postgres.query(
        "SELECT target FROM oracle.history WHERE op = 'TRUNCATE'"))
    found = collections.Counter(
        file.table for file in files for line in file.lines if line.change.op == "t")
    require(found == wanted, f"truncated {found}, wanted {wanted}")


def check_tables(files: list[stage.StageFile], wanted: dict[str, compare.Table]) -> None:
    found = compare.replay(files, {f"dbo.{name}": target.key for name, target in TARGETS.items()})
    for table, rows in wanted.items():
        require(found[table].keys() == rows.keys(),
                f"{table} has the keys {sorted(rows)}, the files build {sorted(found[table])}")
        for key, row in rows.items():
            is_row = found[table][key]
            is_same = is_row == row and all(type(is_row[name]) is type(row[name]) for name in row)
            require(is_same, f"{table} {key}: {is_row}, wanted {row}")


def check_letters(daemon: Slotcast, wanted: collections.Counter) -> None:
    path = daemon.state / "dead_letters" / "lake.jsonl"
    letters = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    found = collections.Counter()
    for letter in letters:
        name = letter["table"]["name"]
        require(name == letter["target"], f"another target: {letter}")
        found[name, letter["row"][TARGETS[name].key], letter["sqlstate"]] += 1
    require(found == wanted, f"dead letters too many: {found - wanted}, missing: {wanted - found}")


def check_counter(daemon: Slotcast, wanted: int) -> None:
    daemon.start()
    wait_until(lambda: daemon.sink("lake").get("dead_letters") == wanted,
               f"status counts {wanted} dead letters: {daemon.sink('lake')}")
    daemon.stop()


def routes_to(sink: str) -> list[dict[str, typing.Any]]:
    return [{"from": [f"dbo.{each}" for each in TARGETS], "where": f"{target.key} IS NOT NULL",
             "select": target.select(), "to": f"{sink}.{name}"} for name, target in TARGETS.items()]


def one_identity(case: Case, identity: str) -> None:
    postgres = case.postgres(name=f"postgres_{identity}", with_tables=False)
    make_tables(postgres, identity)
    load = Load(postgres, case.random)
    load.run(60)
    # What is there when the pipeline begins comes as it is then, not as it came about.
    postgres.query("DELETE FROM oracle.history;" + "".join(
        f"SELECT oracle.note_{name}('INSERT', NULL, row) FROM dbo.{name} row;" for name in TARGETS))
    daemon = case.slotcast(postgres.uri(), name=identity.lower())
    daemon.add_sink("lake", begin="snapshot", max_rows=7, every="50ms")
    daemon.config["sinks"]["lake"]["on_error"] = "divert"
    daemon.config["routes"] = routes_to("lake")
    daemon.start()
    daemon.wait_ready()
    load.run(CHANGES)
    daemon.kill()
    load.truncate("enumdescriptor")
    load.run(CHANGES)
    daemon.start()
    daemon.wait_ready()
    load.run(CHANGES)
    load.truncate("constants")
    load.run(KEYS_PER_TABLE)  # too few to write all rows of the other table again
    daemon.stop()
    daemon.drain()
    expected = expect(postgres)
    files = stage.read_stage(daemon.stages["lake"])
    check_lines(files)
    check_truncates(files, postgres)
    check_tables(files, expected.tables)
    check_letters(daemon, expected.errors)
    check_counter(daemon, expected.errors.total())
    case.counts |= {f"lines with {identity}": sum(len(file.lines) for file in files),
                    f"dead letters with {identity}": expected.errors.total()}


def run(case: Case) -> None:
    for identity in ("FULL", "DEFAULT"):
        one_identity(case, identity)


if __name__ == "__main__":
    main(__doc__, run)
