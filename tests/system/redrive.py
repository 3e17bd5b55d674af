#!/usr/bin/python3
"""Dead letters of a table with domains, an enum and a COLLATE "C" column are sent again under another
where and select: what PostgreSQL says is sent, kept or left out is, and the command says how many."""

import json

from harness import history, stage
from harness.case import Case, main
from harness.postgres import Postgres
from harness.processes import require, wait_until
from harness.slotcast import Slotcast

TABLES = """
CREATE TYPE mood AS ENUM ('sad', 'glad', 'Zany');
CREATE DOMAIN amount AS numeric(8,2); CREATE DOMAIN price AS amount CHECK (VALUE >= 0);
CREATE DOMAIN good_mood AS mood CHECK (VALUE <> 'sad');
CREATE TABLE items (id int PRIMARY KEY, price price, mood mood, better good_mood,
  code text COLLATE "C", raw text);
ALTER TABLE items REPLICA IDENTITY FULL;
"""
ROWS = 1000
MOODS = ["sad", "glad", "Zany"]
CODES = ["a", "B", "b", "Z", "ä", "aa", "", None]

FIRST = "id, raw::bigint AS number"  # fails for every row
WHERE = "price > 10 AND mood IN ('glad', 'Zany') AND code < 'b' AND better::text <> 'Zany'"
FAILS = "mood = 'Zany' AND code <> ''"
COLUMNS = {"id": ("id", "integer"), "twice": ("price * 2", "numeric"), "price": ("price", "numeric"),
           "mood": ("mood::text", "text"), "code": ("code", "text")}
SECOND = (", ".join(f"{expression} AS {name}" for name, (expression, _) in COLUMNS.items())
          + f", CASE WHEN {FAILS} THEN raw::bigint END AS number")


def write_rows(case: Case, postgres: Postgres) -> None:
    dice = case.random
    connection = postgres.connect()
    with connection.cursor() as cursor:
        for key in range(ROWS):
            cursor.execute("INSERT INTO items VALUES (%s, %s, %s, %s, %s, %s)", (
                key, dice.choice([None, "9.99", "10", "10.01", "500"]), dice.choice(MOODS),
                dice.choice(MOODS[1:]), dice.choice(CODES), f"no number {key % 2}"))
    connection.close()


def keys(postgres: Postgres, condition: str) -> set[str]:
    return {str(key) for key, in postgres.query(f"SELECT id FROM items WHERE {condition}")}


def rows_wanted(postgres: Postgres) -> list[dict]:
    texts = ", ".join(f"({expression})::text" for expression, _ in COLUMNS.values())
    answers = postgres.query(f"SELECT {texts} FROM items WHERE ({WHERE}) AND NOT ({FAILS}) ORDER BY items.id")
    return [{name: history.as_json(type_name, text) for (name, (_, type_name)), text
             in zip(COLUMNS.items(), answer)} | {"number": None} for answer in answers]


def letters(daemon: Slotcast) -> list[dict]:
    text = (daemon.state / "dead_letters" / "lake.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def redrive(daemon: Slotcast) -> str:
    done = daemon.command("sink", "redrive", "lake")
    require(done.returncode == 0, f"redrive ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def counted(daemon: Slotcast) -> int:
    return sum(daemon.sink("lake").get("route_errors", {}).values())


def restart(daemon: Slotcast, **route: str) -> None:
    if daemon.is_running():
        daemon.stop()
    daemon.config["routes"] = [{"from": "public.items", "to": "lake.items", **route}]
    daemon.start()
    daemon.wait_ready()


def run(case: Case) -> None:
    postgres = case.postgres(with_tables=False)
    postgres.query(TABLES)
    daemon = case.slotcast(postgres.uri())
    daemon.add_sink("lake", max_rows=50, every="50ms")
    daemon.config["sinks"]["lake"]["on_error"] = "divert"
    daemon.config["routes"] = [{"from": "public.items", "to": "lake.items", "select": FIRST}]
    daemon.start()
    daemon.wait_ready()
    write_rows(case, postgres)
    wait_until(lambda: counted(daemon) == ROWS, f"every row is counted: {daemon.sink('lake')}")
    require(daemon.sink("lake")["dead_letters"] == ROWS, "and is a letter")

    restart(daemon, where=WHERE, select=SECOND)
    wanted = rows_wanted(postgres)
    kept = keys(postgres, f"({WHERE}) AND ({FAILS})")
    left_out = ROWS - len(wanted) - len(kept)
    require(len(wanted) > 5 and len(kept) > 5 and left_out > 5, "the dice made a case of each")
    said = redrive(daemon)
    for part in (f"got {len(wanted)} of its dead letters", f"{len(kept)} failed again", "no number 1",
                 "(22P02)", f"{left_out} are gone, since no route takes them any more"):
        require(part in said, f"no '{part}' in: {said}")
    require(f'left_out={left_out}' in daemon.stderr().replace('"', ""), "the log has it too")
    found = [letter["row"]["id"] for letter in letters(daemon)]
    require(len(found) == len(kept) and set(found) == kept, f"kept {found}, wanted {kept}")

    # An editor that leaves no end of the last line, and a line that somebody took out.
    daemon.stop()
    path = daemon.state / "dead_letters" / "lake.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(lines[1:]), encoding="utf-8")
    restart(daemon, select="id")
    require(daemon.sink("lake")["dead_letters"] == len(kept) - 1, "the last one counts")
    said = redrive(daemon)
    require(said.strip() == f"sink lake got {len(kept) - 1} of its dead letters", said)
    daemon.stop()

    rows = [line.change.values for file in stage.read_stage(daemon.stages["lake"]) for line in file.lines]
    found = sorted((row for row in rows if "twice" in row), key=lambda row: int(row["id"]))
    require(found == wanted, f"sent {found}, wanted {wanted}")
    found = sorted(int(row["id"]) for row in rows if "twice" not in row)
    left = sorted(int(json.loads(line)["row"]["id"]) for line in lines[1:])
    require(found == left, f"then {found}, wanted {left}")
    case.counts |= {"sent": len(wanted), "kept": len(kept), "left out": left_out}


if __name__ == "__main__":
    main(__doc__, run)
