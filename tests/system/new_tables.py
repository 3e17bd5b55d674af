#!/usr/bin/python3
"""Tables and routes that come later: their rows are brought, whoever publishes them, and those lost again."""

from harness import compare, stage
from harness.case import Case, main
from harness.postgres import Postgres
from harness.processes import require, wait_until
from harness.slotcast import Slotcast

ROWS = 5000


def make(postgres: Postgres, name: str) -> None:
    postgres.query(f"CREATE TABLE {name} (id int PRIMARY KEY, v text)")
    postgres.query(f"INSERT INTO {name} SELECT g, 'before' FROM generate_series(1, {ROWS}) g")


def is_read(daemon: Slotcast, sink: str, table: str) -> bool:
    files = [file for file in stage.read_stage(daemon.stages[sink]) if file.table == f"public.{table}"]
    return sum(line.change.op == "r" for file in files for line in file.lines) >= ROWS // 2


def change(postgres: Postgres, *names: str) -> None:
    for name in names:
        postgres.query(f"UPDATE {name} SET v = 'changed' WHERE id % 10 = 1")
        postgres.query(f"DELETE FROM {name} WHERE id % 10 = 2")
        postgres.query(f"INSERT INTO {name} SELECT max(id) + 1, 'after' FROM {name}")


def only_listed(daemon: Slotcast, postgres: Postgres) -> None:
    """It is said how to publish it; once somebody did, its rows come."""
    make(postgres, "second")
    wait_until(lambda: "public.second" in " ".join(daemon.status()["warnings"]), "it is reported", 30)
    warning = next(text for text in daemon.status()["warnings"] if "public.second" in text)
    postgres.query(warning.split("To add it: ")[1])
    change(postgres, "second")
    wait_until(lambda: is_read(daemon, "a", "second"), "rows of the new table", 60)
    require(not is_read(daemon, "now", "second"), "a sink with start: now wants changes alone")


def added_by_itself(daemon: Slotcast, postgres: Postgres) -> None:
    daemon.stop()
    daemon.config["source"]["tables"] = "auto"
    make(postgres, "third")
    daemon.start()
    daemon.wait_ready()
    wait_until(lambda: is_read(daemon, "a", "third"), "rows of a table that was added", 60)
    change(postgres, "third")


def taken_out(daemon: Slotcast, postgres: Postgres) -> None:
    """Changes are missing then; put back, the table is read anew in place of what is there."""
    daemon.stop()
    daemon.config["source"]["tables"] = "listed"
    daemon.start()
    daemon.wait_ready()
    postgres.query(f"ALTER PUBLICATION {daemon.slot} DROP TABLE third")
    wait_until(lambda: "public.third" in daemon.http("/readyz")[1], "the loss is noticed", 30)
    change(postgres, "third")
    postgres.query(f"ALTER PUBLICATION {daemon.slot} ADD TABLE third")
    wait_until(lambda: any(line.change.op == "e" for file in stage.read_stage(daemon.stages["a"])
                           for line in file.lines), "it is read anew", 60)


def new_route(daemon: Slotcast, postgres: Postgres) -> None:
    """Of a sink that is there already: only what the sink did not have is read."""
    daemon.stop()
    daemon.config["routes"].append({"from": "public.third", "to": ["other"]})
    daemon.start("--accept-gap")
    daemon.wait_ready()
    wait_until(lambda: is_read(daemon, "other", "third"), "rows of the new route's table", 60)
    change(postgres, "third")
    reads = [file for file in stage.read_stage(daemon.stages["other"]) if file.table == "public.first"]
    require(sum(line.change.op == "r" for file in reads for line in file.lines) == ROWS,
            "a table of an old route was read again")


def run(case: Case) -> None:
    postgres = case.postgres(with_tables=False)
    make(postgres, "first")
    daemon = case.slotcast(postgres.uri())
    daemon.add_sink("a", every="100ms", begin="snapshot")
    daemon.add_sink("now", every="100ms")
    daemon.add_sink("other", every="100ms", begin="snapshot", tables="public.first")
    daemon.start()
    daemon.wait_ready()
    wait_until(lambda: is_read(daemon, "other", "first"), "the snapshot")
    only_listed(daemon, postgres)
    added_by_itself(daemon, postgres)
    taken_out(daemon, postgres)
    new_route(daemon, postgres)
    daemon.stop()
    daemon.drain()
    tables = {f"public.{name}": "id" for name in ("first", "second", "third")}
    compare.compare_state("a", stage.read_stage(daemon.stages["a"]), postgres, tables)
    compare.compare_state("other", stage.read_stage(daemon.stages["other"]), postgres,
                          {table: "id" for table in ("public.first", "public.third")})
    case.counts |= {"tables": len(tables)}


if __name__ == "__main__":
    main(__doc__, run)
