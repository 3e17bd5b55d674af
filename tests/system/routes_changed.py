#!/usr/bin/python3
"""Rows that could not be cast are sent again once the data or the expression are mended, and a changed
where or select replaces what its targets have: in the end they hold what PostgreSQL's SELECT gives."""

import contextlib
import json
import typing

from harness import compare, stage
from harness.case import Case, main
from harness.postgres import Postgres
from harness.processes import require, wait_until
from harness.slotcast import Slotcast

import routes
from routes import CHANGES, TARGETS, VALUES, Load, Target
from sinks import order

DESCRIPTOR = TARGETS["enumdescriptor"]


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def bad_values(postgres: Postgres) -> list[str]:
    """Those that the server cannot cast."""
    postgres.query("""
CREATE FUNCTION public.is_bigint(value text) RETURNS bool LANGUAGE plpgsql AS $$
BEGIN
  PERFORM value::bigint;
  RETURN true;
EXCEPTION WHEN data_exception THEN RETURN false;
END $$""")
    return [value for value in VALUES if value is not None
            and not postgres.query("SELECT public.is_bigint(%s)", value)[0][0]]


def mended(bad: list[str]) -> Target:
    """The same where the cast went well, and no error elsewhere."""
    is_bad = f"value IN ({', '.join(quoted(value) for value in bad)})"
    return Target(DESCRIPTOR.key, DESCRIPTOR.columns | {
        "value": (f"CASE WHEN {is_bad} THEN NULL ELSE CAST(value AS BIGINT) END", "bigint")})


@contextlib.contextmanager
def as_target(name: str, target: Target) -> typing.Iterator[None]:
    before = TARGETS[name]
    TARGETS[name] = target
    yield
    TARGETS[name] = before


def selected(postgres: Postgres, wheres: dict[str, str]) -> dict[str, compare.Table]:
    """What SELECT gives with each route's own clauses."""
    tables = {}
    for name, target in TARGETS.items():
        rows = [target.row(texts) for texts, in postgres.query(
            f"SELECT ARRAY[{target.texts()}] FROM dbo.{name} WHERE {wheres.get(name, 'true')}")]
        tables[f"dbo.{name}"] = {row[target.key]: row for row in rows}
    return tables


def check_state(daemon: Slotcast, postgres: Postgres, wheres: dict[str, str]) -> None:
    files = stage.read_stage(daemon.stages["lake"])
    routes.check_lines(files)
    wanted = selected(postgres, wheres)
    require(all(wanted.values()), "a table is empty, so that nothing is shown")
    routes.check_tables(files, wanted)


def letters(daemon: Slotcast) -> list[dict[str, typing.Any]]:
    path = daemon.state / "dead_letters" / "lake.jsonl"
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def wait_read(daemon: Slotcast, times: int) -> None:
    """A changed route reads its tables anew, which are those of both targets: until that is done."""
    def reads() -> dict[str, int]:
        ends = [file.table for file in stage.read_stage(daemon.stages["lake"])
                for line in file.lines if line.change.op == "e"]
        return {table: ends.count(table) for table in map("dbo.{}".format, TARGETS)}
    wait_until(lambda: set(reads().values()) == {times}, f"not read {times} times: {reads()}")


def new_pipeline(case: Case, postgres: Postgres, name: str, begin: str) -> Slotcast:
    daemon = case.slotcast(postgres.uri(), name=name)
    daemon.add_sink("lake", begin=begin, max_rows=7, every="50ms")
    daemon.config["sinks"]["lake"]["on_error"] = "divert"
    daemon.config["routes"] = routes.routes_to("lake")
    daemon.start()
    daemon.wait_ready()
    return daemon


def corrected(case: Case, postgres: Postgres, identity: str, bad: list[str]) -> None:
    """Only redrive brings the rows that failed: a sink with `start: now` reads no table. Some rows
    got newer versions, some were deleted or truncated; those letters must do no harm."""
    daemon = new_pipeline(case, postgres, f"{identity}_now", "now")
    load = Load(postgres, case.random)
    load.run(CHANGES)
    load.truncate("enumdescriptor")
    load.run(CHANGES // 2)
    postgres.query("UPDATE dbo.enumdescriptor SET value = '7' WHERE enumdescriptorid % 2 = 0"
                   " AND NOT public.is_bigint(value)")
    postgres.query("INSERT INTO dbo.enumdescriptor (enumdescriptorid, value) VALUES (1001, 'abc')")
    daemon.stop()
    daemon.drain()
    kept = letters(daemon)
    require(kept, "nothing failed")
    ids = {letter["row"][DESCRIPTOR.key] for letter in kept}
    require("1001" in ids, f"the last row did not fail: {ids}")
    daemon.start()
    daemon.wait_ready()
    order(daemon, "redrive", "lake")
    daemon.stop()
    require(len(letters(daemon)) == len(kept), "what fails again stays")
    with as_target("enumdescriptor", mended(bad)):
        daemon.config["routes"] = routes.routes_to("lake")
        daemon.start()
        daemon.wait_ready()
        load.run(50)
        said = order(daemon, "redrive", "lake")
        require(f"got {len(kept)} of its dead letters" in said, f"all are sent: {said}")
        require(not letters(daemon), "a letter is kept that was sent")
        daemon.stop()
        daemon.drain()
        check_state(daemon, postgres, {})
    case.counts[f"redriven with {identity}"] = len(kept)


def changed(case: Case, postgres: Postgres, identity: str, bad: list[str]) -> None:
    """With `start: snapshot` another select, and another where, replace the rows."""
    daemon = new_pipeline(case, postgres, f"{identity.lower()}_snapshot", "snapshot")
    load = Load(postgres, case.random)
    load.run(CHANGES)
    daemon.stop()
    kept = len(letters(daemon))
    with as_target("enumdescriptor", mended(bad)):
        daemon.config["routes"] = routes.routes_to("lake")
        daemon.start()
        daemon.wait_ready()
        load.run(50)
        require(f"got {kept} of its dead letters" in order(daemon, "redrive", "lake"), "all are sent")
        wait_read(daemon, 1)
        daemon.stop()
        daemon.drain()
        check_state(daemon, postgres, {})
        wheres = {"FULL": {"constants": "value IS NOT NULL AND key <> ''"},
                  "DEFAULT": {"constants": "constantid % 3 <> 1"}}[identity]
        for route, name in zip(daemon.config["routes"], TARGETS):
            route["where"] += f" AND {wheres[name]}" if name in wheres else ""
        daemon.start()
        daemon.wait_ready()
        load.run(CHANGES // 2)
        load.truncate("enumdescriptor")
        load.run(CHANGES // 2)
        wait_read(daemon, 2)
        daemon.stop()
        daemon.drain()
        check_state(daemon, postgres, wheres)


def run(case: Case) -> None:
    for identity in ("FULL", "DEFAULT"):
        postgres = case.postgres(name=f"postgres_{identity}", with_tables=False)
        routes.make_tables(postgres, identity)
        bad = bad_values(postgres)
        corrected(case, postgres, identity.lower(), bad)
        changed(case, postgres, identity, bad)


if __name__ == "__main__":
    main(__doc__, run)
