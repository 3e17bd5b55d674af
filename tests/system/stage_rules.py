#!/usr/bin/python3
"""What a stage sink's settings rule out goes by on_error, row by row, and the rest arrives: a mode, a
NULL, a NaN that JSON has no number for, a long value that was not sent where CSV cannot say so."""

import csv
import gzip
import io
import json
import pathlib
import signal

from harness import stage
from harness.case import Case, main
from harness.postgres import Postgres
from harness.processes import require, wait_until
from harness.slotcast import Slotcast

TABLE = """
CREATE TABLE notes (id int PRIMARY KEY, body text, size float8, grade text);
ALTER TABLE notes ALTER body SET STORAGE EXTERNAL;
"""
ROWS = 400
LONG = 4000  # characters: stored out of line

Position = tuple[str, int]


def write_rows(case: Case, postgres: Postgres) -> dict[str, int]:
    """How often each kind of statement was drawn."""
    dice = case.random
    drawn = dict.fromkeys(("insert", "nan", "null", "update", "delete", "unsent"), 0)
    connection = postgres.connect()
    with connection.cursor() as cursor:
        for key in range(ROWS):
            is_long = dice.random() < 0.5
            size, grade = dice.choice(["NaN", "0.5", "7"]), dice.choice([None, "a", 'b,"\n'])
            cursor.execute("INSERT INTO notes VALUES (%s, %s, %s, %s)", (
                key, "x" * LONG if is_long else "short", size, grade))
            drawn["insert"] += 1
            drawn["nan"] += size == "NaN"
            drawn["null"] += size != "NaN" and grade is None
            if dice.random() < 0.5:
                cursor.execute("UPDATE notes SET size = 1, grade = 'c' WHERE id = %s", (key,))
                drawn["update"] += 1
                drawn["unsent"] += is_long
            if dice.random() < 0.3:
                cursor.execute("DELETE FROM notes WHERE id = %s", (key,))
                drawn["delete"] += 1
    connection.close()
    require(min(drawn.values()) > 10, f"the dice made some of each: {drawn}")
    return drawn


def read_csv(directory: pathlib.Path) -> dict[Position, dict[str, str]]:
    rows: dict[Position, dict[str, str]] = {}
    for path in sorted(directory.rglob("*.csv.gz")):
        text = gzip.decompress(path.read_bytes()).decode()
        for row in csv.DictReader(io.StringIO(text, newline="")):
            position = (row["_lsn"], int(row["_seq"]))
            require(position not in rows, f"{position} is there twice")
            rows[position] = row
    return rows


def read_json(directory: pathlib.Path) -> dict[Position, dict]:
    rows: dict[Position, dict] = {}
    for file in stage.read_stage(directory):
        for line in file.lines:
            require(line.change.position not in rows, f"{line.place}: there twice")
            rows[line.change.position] = line.change.values | {"_op": line.change.op}
    return rows


def add_sinks(daemon: Slotcast) -> None:
    sinks = daemon.config["sinks"]
    for name in ("all", "table", "strict", "adds", "untold"):
        daemon.add_sink(name, max_rows=60, every="50ms")
    for name in ("table", "untold"):
        sinks[name]["stage"] |= {"pattern": "{table}-%U.csv", "format": "csv", "compress": "gzip",
                                 "csv": {"header": True}}
    sinks["untold"]["stage"]["meta"] = ["_op", "_lsn", "_seq"]
    sinks["untold"]["on_error"] = "skip"
    sinks["strict"]["stage"] |= {"jsonl": {"nan": "error"}, "not_null": ["grade"]}
    sinks["strict"]["on_error"] = "divert"
    sinks["adds"]["stage"] |= {"mode": "append"}
    sinks["adds"]["on_error"] = "skip"


def refused(daemon: Slotcast, sink: str) -> int:
    return sum(daemon.sink(sink).get("route_errors", {}).values())


def check_rows(daemon: Slotcast, drawn: dict[str, int]) -> None:
    everything = read_json(daemon.stages["all"])
    total = drawn["insert"] + drawn["update"] + drawn["delete"]
    require(len(everything) == total, f"{len(everything)} rows of {total}")
    table = {(position[0], position[1]): row for position, row in read_csv(daemon.stages["table"]).items()}
    require(len(table) == total, f"{len(table)} rows of CSV")
    unsent = [row for row in table.values() if row["_op"] == "u" and row["_unchanged"] == '["body"]']
    require(len(unsent) == drawn["unsent"], f"{len(unsent)} rows name body, {drawn['unsent']} should")
    require(all(row["body"] == "\\N" for row in unsent), "and have the null text there")
    untold = read_csv(daemon.stages["untold"])
    require(len(untold) == total - drawn["unsent"], f"{len(untold)} rows that CSV can say")
    strict = read_json(daemon.stages["strict"])
    wanted = {position for position, row in everything.items()
              if row["_op"] == "d" or (row["size"] != "NaN" and row["grade"] is not None)}
    require(set(strict) == wanted, f"strict has {len(strict)} rows, {len(wanted)} fit")
    added = read_json(daemon.stages["adds"])
    require(len(added) == drawn["insert"], f"append has {len(added)} rows")


def check_letters(daemon: Slotcast, drawn: dict[str, int]) -> None:
    path = daemon.state / "dead_letters" / "strict.jsonl"
    letters = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    require(len(letters) == drawn["nan"] + drawn["null"], f"{len(letters)} letters")
    errors = {(letter["sqlstate"], letter["error"]) for letter in letters}
    # A row with both is refused for the NULL.
    require(errors == {("22000", "column size holds NaN, which is no number in JSON"),
                       ("23502", "column grade is NULL, which the sink's not_null rules out")}, f"{errors}")


def run(case: Case) -> None:
    postgres = case.postgres(with_tables=False)
    postgres.query(TABLE)
    daemon = case.slotcast(postgres.uri())
    add_sinks(daemon)
    daemon.start()
    daemon.wait_ready()
    drawn = write_rows(case, postgres)
    expected = {"all": 0, "table": 0, "strict": drawn["nan"] + drawn["null"],
                "adds": drawn["update"] + drawn["delete"], "untold": drawn["unsent"]}
    for name, count in expected.items():
        wait_until(lambda name=name, count=count: refused(daemon, name) == count,
                   f"{name} leaves out {count}: {daemon.sink(name)}")
    daemon.stop()
    daemon.drain()
    check_rows(daemon, drawn)
    check_letters(daemon, drawn)

    # With other settings what was kept is taken.
    daemon.config["sinks"]["strict"]["stage"] |= {"jsonl": {"nan": "string"}, "not_null": []}
    daemon.start()
    daemon.wait_ready()
    said = daemon.command("sink", "redrive", "strict")
    require(f"got {expected['strict']} of its dead letters" in said.stdout, said.stdout + said.stderr)
    daemon.stop()
    strict, everything = read_json(daemon.stages["strict"]), read_json(daemon.stages["all"])
    require(strict == everything, "all rows are there after the redrive")
    check_stop(postgres, daemon)


def check_stop(postgres: Postgres, daemon: Slotcast) -> None:
    """With on_error: stop the sink stops at the row and names it; the others go on."""
    sinks = daemon.config["sinks"]
    sinks["strict"]["stage"]["jsonl"] = {"nan": "error"}
    sinks["strict"]["on_error"] = "stop"
    before = len(read_json(daemon.stages["all"]))
    daemon.start()
    daemon.wait_ready()
    postgres.query("INSERT INTO notes VALUES (100000, 'x', 'Infinity', 'g')")
    postgres.query("INSERT INTO notes VALUES (100001, 'x', '1', 'g')")
    wait_until(lambda: daemon.sink("strict").get("state") == "failed", "the sink stops")
    error = daemon.sink("strict")["last_error"]
    for part in ("public.notes (id 100000)", "column size holds Infinity", "(SQLSTATE 22000)",
                 "on_error: skip or divert goes on"):
        require(part in error, f"no '{part}' in: {error}")
    wait_until(lambda: len(read_json(daemon.stages["all"])) == before + 2, "the others go on")
    daemon.signal(signal.SIGTERM)
    require(daemon.wait() == 1, "a sink that stopped shows in the exit code")


if __name__ == "__main__":
    main(__doc__, run)
