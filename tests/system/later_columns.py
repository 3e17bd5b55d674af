#!/usr/bin/python3
"""A sink that lags reads the rows of before by routes that name columns and labels of now."""

from harness import stage
from harness.case import Case, main
from harness.processes import require, wait_until

MAKE = """
CREATE TYPE mood AS ENUM ('calm');
CREATE TABLE first (id int PRIMARY KEY, mood mood);
CREATE TABLE second (id int PRIMARY KEY)
"""
LATER = """
ALTER TYPE mood ADD VALUE 'wild';
ALTER TABLE first ADD COLUMN more text
"""
ROWS = {1: (None, False), 2: (None, None), 3: ("x", True), 4: (None, None)}


def run(case: Case) -> None:
    postgres = case.postgres(with_tables=False)
    postgres.query(MAKE)
    daemon = case.slotcast(postgres.uri())
    for sink in "ab":
        daemon.add_sink(sink, tables=["public.first", "public.second"], every="50ms")
    daemon.start()
    daemon.wait_ready()
    paused = daemon.command("sink", "pause", "a")
    require(paused.returncode == 0, paused.stderr)
    postgres.query("INSERT INTO first VALUES (1, 'calm'); INSERT INTO second VALUES (2)")
    wait_until(lambda: daemon.sink("b")["rows"] == 2, f"b has both: {daemon.sink('b')}")
    daemon.stop()
    postgres.query(LATER)
    for route in daemon.config["routes"]:
        route["select"] = "id, more, mood = 'wild' AS is_wild"
    daemon.start()
    daemon.wait_ready()
    postgres.query("INSERT INTO first VALUES (3, 'wild', 'x'); INSERT INTO second VALUES (4)")
    # b has told by then what the tables are now.
    wait_until(lambda: daemon.sink("b")["rows"] == 2, f"b has the others: {daemon.sink('b')}")
    resumed = daemon.command("sink", "resume", "a")
    require(resumed.returncode == 0, resumed.stderr)
    wait_until(lambda: daemon.sink("a")["rows"] == len(ROWS) or daemon.sink("a")["state"] == "failed",
               f"a has all: {daemon.sink('a')}\n{daemon.last_words()}")
    daemon.stop()
    daemon.drain()
    found = {int(line.change.values["id"]): (line.change.values["more"], line.change.values["is_wild"])
             for file in stage.read_stage(daemon.stages["a"]) for line in file.lines}
    require(found == ROWS, f"{found}, wanted {ROWS}")
    case.counts["rows"] = len(found)


if __name__ == "__main__":
    main(__doc__, run)
