#!/usr/bin/python3
"""A stage is the buffer: what one pipeline captured into files, rows of the snapshot and changes, is
branched from there by others, to which no server is named. Killed again and again, each delivers
every row of the files to each of its sinks once; the files of a plain route fold to the tables that
PostgreSQL has, and those of a route with where and select to what PostgreSQL makes of the same
expressions. One reads what is there and ends, one follows while the stage grows."""

import collections
import json
import pathlib
import time

from harness import compare, history, stage
from harness.case import Case, main
from harness.postgres import Postgres
from harness.processes import require, wait_until
from harness.slotcast import Slotcast
from harness.workload import KEYS

TABLE = """
CREATE TABLE public.moved (id int PRIMARY KEY, kept boolean, note text, big text);
ALTER TABLE public.moved ALTER big SET STORAGE EXTERNAL;
INSERT INTO public.moved
  SELECT n, n % 2 = 0, 'note ' || n, repeat('x', 3000) FROM generate_series(1, 60) n;
"""
CHANGES = [
    "UPDATE public.moved SET note = note || '!' WHERE id % 3 = 0",
    "UPDATE public.moved SET id = id + 1000 WHERE id % 5 = 0",  # leaves out the long value
    "ALTER TABLE public.moved ADD added numeric",
    "INSERT INTO public.moved VALUES (5001, true, E'tab\\tline\\n', 'short', 1e20)",
    "INSERT INTO public.moved VALUES (5002)",
    "DELETE FROM public.moved WHERE id % 7 = 0",
    "BEGIN; TRUNCATE public.rare; INSERT INTO public.rare VALUES (1, 'after'); COMMIT",
    "UPDATE public.moved SET added = id, id = id + 10 WHERE id > 5000 AND kept",
]
ALL_KEYS: dict[str, str | None] = {**KEYS, "public.moved": "id"}
CHOSEN = {"key": ("id::text", "text"), "kept": ("kept", "boolean"), "louder": ("upper(note)", "text")}
WHERE = "id > 20"
# Several tables as one: their rows take turns in one file, so that it shows in which order they came.
TOGETHER = ["public.acct", "public.pkmove", "public.rare"]


def source(case: Case, postgres: Postgres) -> Slotcast:
    """The pipeline that captures: the same rows as they are, and compressed, in small batches."""
    daemon = case.slotcast(postgres.uri(), name="source")
    daemon.add_sink("lake", begin="snapshot", max_rows=150, every="100ms")
    daemon.add_sink("packed", begin="snapshot", max_rows=400, every="300ms")
    daemon.config["sinks"]["packed"]["stage"]["compress"] = case.random.choice(["gzip", "zstd"])
    return daemon


def reader(case: Case, name: str) -> Slotcast:
    """Another pipeline, with two sinks of its own."""
    daemon = case.slotcast("", name=name)
    del daemon.config["source"]
    daemon.add_sink("copy", begin="snapshot", max_rows=70, every="50ms")
    daemon.add_sink("chosen", tables="public.moved", begin="snapshot", max_rows=11, every="20ms")
    select = ", ".join(f"{text} AS {name}" for name, (text, _) in CHOSEN.items())
    daemon.config["routes"][-1] |= {"where": WHERE, "select": select, "to": ["chosen.chosen"]}
    daemon.config["routes"].append({"from": TOGETHER, "select": "id::text AS key", "to": "chosen.ids"})
    return daemon


def rows_of(files: list[stage.StageFile]) -> collections.Counter:
    """Every row with all it has, in whatever file."""
    return collections.Counter(
        (line.change.table, line.change.position, line.change.op, line.change.timestamp,
         repr(sorted(line.change.values.items()))) for file in files for line in file.lines)


def require_same(what: str, found: collections.Counter, wanted: collections.Counter) -> None:
    require(found == wanted,
            f"{what}: {found.total()} rows, wanted {wanted.total()}; too many: "
            f"{list((found - wanted).items())[:3]}, missing: {list((wanted - found).items())[:3]}")


def check_chosen(files: list[stage.StageFile], postgres: Postgres) -> None:
    positions = collections.Counter(line.change.position for file in files for line in file.lines)
    require(max(positions.values()) == 1, f"a row came twice: {positions.most_common(1)}")
    found = compare.replay(files, {"public.chosen": "key", "public.ids": None})["public.chosen"]
    texts = ", ".join(f"({text})::text" for text, _ in CHOSEN.values())
    wanted = {}
    for row in postgres.query(f"SELECT {texts} FROM public.moved WHERE {WHERE}"):
        values = {name: history.as_json(kind, text[:1] if text and kind == "boolean" else text)
                  for (name, (_, kind)), text in zip(CHOSEN.items(), row)}
        wanted[values["key"]] = values
    require(found == wanted, f"chosen has {found}, wanted {wanted}")


def check(case: Case, daemon: Slotcast, lake: pathlib.Path, postgres: Postgres) -> None:
    copied = stage.read_stage(daemon.stages["copy"])
    require_same(f"copy of {daemon.config['name']}", rows_of(copied), rows_of(stage.read_stage(lake)))
    compare.check_order("copy", copied)
    compare.compare_state("copy", copied, postgres, ALL_KEYS)
    chosen = stage.read_stage(daemon.stages["chosen"])
    compare.check_order("chosen", chosen)
    wanted = sum(len(file.lines) for file in copied if file.table in TOGETHER)
    found = sum(len(file.lines) for file in chosen if file.table == "public.ids")
    require(found == wanted, f"{found} rows of several tables as one, wanted {wanted}")
    check_chosen(chosen, postgres)
    case.counts[f"rows {daemon.config['name']}"] = sum(len(file.lines) for file in copied)


def finish(daemon: Slotcast, *arguments: str) -> None:
    daemon.start(*arguments)
    code = daemon.wait(120)
    require(code == 0, f"{arguments} ended with {code}:\n{daemon.last_words()}")


def read_with_kills(case: Case, daemon: Slotcast, url: str, kills: int) -> int:
    """How often it was killed before it came to its end."""
    for killed in range(kills):
        daemon.start("--from-files", url)
        # From the reading of the manifest on to the last batches.
        time.sleep(case.random.uniform(0.02, 0.5))
        if not daemon.is_running():
            require(daemon.wait() == 0, f"it ended by itself:\n{daemon.last_words()}")
            return killed
        daemon.kill()
    return kills


def require_refused(daemon: Slotcast, source: str, exit_code: int, *parts: str) -> None:
    daemon.write_config()
    run = daemon.command("run", "--from-files", source)
    require(run.returncode == exit_code and all(part in run.stderr for part in parts),
            f"ended with {run.returncode}, wanted {exit_code} and {parts}: {run.stderr}")


def check_refusals(case: Case, daemon: Slotcast, url: str) -> None:
    """What a state directory is fed by stays so."""
    manifest = directory_of(url) / "_manifest" / "source-packed.jsonl"
    text = manifest.read_text()
    lines = text.splitlines(keepends=True)
    for changed in (lines[1:], lines[:3] + lines[4:], lines[:-1], []):
        manifest.write_text("".join(changed))
        require_refused(daemon, url, 78, "source-packed.jsonl", "put")
    manifest.write_text(text)
    (manifest.parent / "source-other.jsonl").write_text(text)
    fresh = reader(case, "fresh")
    require_refused(fresh, url, 78, "source-other.jsonl, source-packed.jsonl", "--manifest")
    fresh.config |= {"name": "source"}
    fresh.add_sink("packed", stage=directory_of(url), begin="snapshot")
    fresh.write_config()
    run = fresh.command("run", "--from-files", url, "--manifest", "source-packed")
    require(run.returncode == 78 and "would write into the manifest that is read" in run.stderr, run.stderr)
    known = daemon.command("run", "--from-files", url)
    require(known.returncode == 0, f"what it is fed by is known: {known.stderr}")
    run = daemon.command("run", "--from-files", url, "--manifest", "source-other")
    require(run.returncode == 78 and "is fed by manifest source-packed.jsonl" in run.stderr, run.stderr)
    (manifest.parent / "source-other.jsonl").unlink()
    daemon.config["source"] = {"postgres": "postgresql://nobody@/none?host=/nowhere"}
    daemon.start()
    code = daemon.wait()
    del daemon.config["source"]
    require(code == 78 and "fed by files" in daemon.last_words(), f"{code}: {daemon.last_words()}")
    require_refused(daemon, url + "-elsewhere", 78, "No such file")
    require_refused(daemon, "s3://bucket/lake", 78, "not buckets")


def check_damage(case: Case, lake: pathlib.Path) -> None:
    """A file that a loader took away, and a route that fits no table."""
    lines = (lake / "_manifest" / "source-lake.jsonl").read_text().splitlines()
    taken = lake / json.loads(lines[-1])["file"]
    aside = taken.rename(lake.parent / "taken")
    require_refused(reader(case, "missing"), str(lake), 1, f"line {len(lines)}: ", taken.name, "put it back")
    aside.rename(taken)
    wrong = reader(case, "wrong")
    wrong.config["routes"][1]["where"] = "nothing > 20"
    require_refused(wrong, str(lake), 78, "pipeline.yaml:", "routes[1].where", "nothing")


def directory_of(url: str) -> pathlib.Path:
    return pathlib.Path(url.removeprefix("file://"))


def check_said(daemon: Slotcast) -> None:
    """Of one that follows: it is ready, and says what it reads."""
    daemon.wait_ready()
    status = daemon.status() or {}
    require(status["capture"]["state"] == "reading files" and status["slot"] == "", json.dumps(status))
    shown = daemon.command("status").stdout
    require("source-lake.jsonl" in shown and ", slot" not in shown, shown)
    paused = daemon.command("sink", "pause", "copy")
    require(paused.returncode == 0 and "log" not in paused.stdout, f"{paused}")
    resumed = daemon.command("sink", "resume", "copy")
    require(resumed.returncode == 0, f"{resumed}")
    rewound = daemon.command("sink", "rewind", "copy", "--to", "0/1")
    require(rewound.returncode != 0 and "reads files" in rewound.stderr, f"{rewound}")


def run(case: Case) -> None:
    postgres = case.postgres()
    postgres.query(TABLE)
    captured = source(case, postgres)
    lake, packed = captured.stages["lake"], captured.stages["packed"]
    load = case.workload(postgres)
    load.start()
    captured.start()
    captured.wait_ready()
    manifest = lake / "_manifest" / "source-lake.jsonl"
    wait_until(manifest.exists, "the stage has a manifest")
    follower = reader(case, "follower")
    for change in CHANGES:
        follower.start("--from-files", str(lake), "--follow")
        captured.run_for(0.5)
        postgres.query(change)
        follower.kill()
    follower.start("--from-files", str(lake), "--follow")
    check_said(follower)
    load.stop()
    captured.stop()
    captured.drain()
    rows = sum(json.loads(line)["rows"] for line in manifest.read_text().splitlines())
    wait_until(lambda: (follower.status() or {}).get("files", {}).get("rows") == rows,
               "the one that follows knows all rows")
    follower.stop()
    finish(follower, "--from-files", str(lake))
    check(case, follower, lake, postgres)
    once = reader(case, "once")
    kills = read_with_kills(case, once, f"file://{packed}", 12)
    finish(once, "--from-files", f"file://{packed}")
    check(case, once, lake, postgres)
    finish(once, "--from-files", f"file://{packed}")  # nothing is left
    check(case, once, lake, postgres)
    check_refusals(case, once, f"file://{packed}")
    check_damage(case, lake)
    case.counts["kills"] = kills + len(CHANGES)


if __name__ == "__main__":
    main(__doc__, run)
