#!/usr/bin/python3
"""What an operator tells the sinks: pause, resume, cut, rewind, redrive, forget; running or not."""

import json
import shutil
import signal
import time

from harness import compare, history, stage
from harness.case import Case, main
from harness.oracle import Oracle
from harness.postgres import Postgres
from harness.processes import require, wait_until
from harness.slotcast import Slotcast
from harness.workload import KEYS, Workload

NAMES = ("a", "b", "c")


def order(daemon: Slotcast, *words: str, code: int = 0) -> str:
    done = daemon.command("sink", *words)
    require(done.returncode == code, f"sink {words} ended with {done.returncode}: {done.stdout}{done.stderr}")
    for line in (done.stdout + done.stderr).splitlines():
        require("postgresql://" not in line, f"a connection string is printed: {line}")
    return done.stdout if code == 0 else done.stderr


def listed(daemon: Slotcast) -> dict[str, list[str]]:
    lines = order(daemon, "ls").splitlines()
    require(all(len(line) <= 80 for line in lines), f"more than 80 columns: {lines}")
    return {line.split()[0]: line.split()[1:] for line in lines[1:]}


def delivered(daemon: Slotcast, name: str) -> int:
    return history.parse_lsn(daemon.sink(name).get("delivered") or "0/0")


def positions(daemon: Slotcast, name: str) -> set[history.Position]:
    return {line.change.position for file in stage.read_stage(daemon.stages[name]) for line in file.lines}


def pause_and_resume(daemon: Slotcast) -> None:
    require("paused at" in order(daemon, "pause", "b"), "pause says where")
    order(daemon, "pause", "b")
    require(daemon.sink("b")["state"] == "paused" and listed(daemon)["b"][0] == "paused", "b is paused")
    before, others = delivered(daemon, "b"), delivered(daemon, "a")
    wait_until(lambda: delivered(daemon, "a") > others + 10000, "the others go on")
    require(delivered(daemon, "b") == before, "a paused sink moved")
    require(daemon.http("/readyz")[0] == 200, "a sink that is paused on purpose is no alarm")
    require("sink b is paused" in daemon.command("status").stdout, "status says that b is paused")
    daemon.stop()
    require(listed(daemon)["b"][0] == "paused", "without a daemon b is still paused")
    daemon.start()
    daemon.wait_ready()
    daemon.run_for(0.5)
    require(daemon.sink("b")["state"] == "paused", "b is paused after a restart")
    daemon.stop()
    daemon.start("--until", "now")
    require(daemon.wait(60) == 1, "--until with a paused sink must not say that all is delivered")
    require("goes on from" in order(daemon, "resume", "b"), "resumed without a daemon")
    daemon.start()
    daemon.wait_ready()
    wait_until(lambda: delivered(daemon, "b") > before, "b goes on")


def a_failed_one(daemon: Slotcast) -> None:
    """What had stopped a sink is mended, and nothing but the sink starts again."""
    table = next(path for path in daemon.stages["c"].iterdir() if path.name.startswith("public."))
    table.rename(daemon.stages["c"].with_name("away"))
    table.write_text("not a directory")
    wait_until(lambda: daemon.sink("c")["state"] == "failed", "c cannot go on")
    table.unlink()
    daemon.stages["c"].with_name("away").rename(table)
    order(daemon, "resume", "c")
    wait_until(lambda: daemon.sink("c")["state"] == "running", "c goes on")


def cut(case: Case, daemon: Slotcast) -> tuple[int, dict]:
    """All stand at one place; what they have is what committed before it."""
    first = history.parse_lsn(order(daemon, "cut").strip())
    wait_until(lambda: all(delivered(daemon, name) > first for name in NAMES), "all go on after a cut")
    place = history.parse_lsn(order(daemon, "cut", "--pause", "--timeout", "30").strip())
    require(place >= first, "a later cut is not before an earlier one")
    require(all(daemon.sink(name)["state"] == "paused" for name in NAMES), "all are paused")
    require(all(delivered(daemon, name) == place for name in NAMES), "all stand there")
    stages = {}
    for name in NAMES:
        stages[name] = stage.read_stage(daemon.stages[name])
    require("is paused: resume it" in order(daemon, "cut", code=2), "a cut says who does not move")
    for name in NAMES:
        order(daemon, "resume", name)
    return place, stages


def rewind(daemon: Slotcast, load: Workload, postgres: Postgres, oracle: Oracle) -> None:
    """From the log alone: the server is down meanwhile. What loaders took away comes again."""
    place = history.parse_lsn(order(daemon, "cut").strip())
    text = f"{place >> 32:X}/{place & 0xFFFFFFFF:X}"
    daemon.run_for(1)
    at = time.time()
    daemon.run_for(1)
    wait_until(lambda: all(delivered(daemon, name) > place + 10000 for name in NAMES), "more came")
    load.stop()
    expected = oracle.read()
    end = max(position[0] for position in expected)
    wait_until(lambda: all(delivered(daemon, name) > end for name in NAMES), "all is delivered")
    postgres.stop(signal.SIGQUIT)
    kept = {}
    for name in ("b", "c"):
        kept[name] = positions(daemon, name)
        for path in daemon.stages[name].iterdir():
            if path.name != ".slotcast":
                shutil.rmtree(path)
    require("gets again what committed behind" in order(daemon, "rewind", "b", "--to", text), "b is set back")
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
    order(daemon, "rewind", "c", "--to", stamp)
    last = {name: max(kept[name]) for name in kept}
    wait_until(lambda: all(last[name] in positions(daemon, name) for name in kept), "all came again", 60)
    compare.compare_rows("b again", stage.read_stage(daemon.stages["b"]), {
        position: change for position, change in expected.items() if position[0] >= place})
    compare.compare_rows("c again", stage.read_stage(daemon.stages["c"]), {
        position: change for position, change in expected.items() if change.timestamp[:19] >= stamp[:19]})
    postgres.start()


def refusals(case: Case, daemon: Slotcast) -> None:
    require("no sink nobody" in order(daemon, "pause", "nobody", code=2), "an unknown sink is named")
    require("its sinks: a, b, c" in order(daemon, "pause", "nobody", code=2), "and the known ones")
    require("neither an LSN" in order(daemon, "rewind", "a", "--to", "yesterday", code=2), "no moment")
    for future in ("FFFF/0", "2999-01-01T00:00:00Z"):
        require("lies ahead" in order(daemon, "rewind", "a", "--to", future, code=2), "never forward")
    require("reaches back to" in order(daemon, "rewind", "a", "--to", "0/1", code=2), "too old")
    require("is configured" in order(daemon, "forget", "a", code=2), "a configured sink is not forgotten")
    require("no route leads" in order(daemon, "resync", "a", "--table", "no.table", code=2), "no route")
    require(all(daemon.sink(name)["state"] == "running" for name in NAMES), "a refusal stops nobody")
    other = case.slotcast("postgresql:///nowhere", "other")
    other.port = daemon.port
    other.config["admin"]["listen"] = f"127.0.0.1:{daemon.port}"
    other.add_sink("a")
    other.config_path.write_text(json.dumps(other.config))
    require("this is pipeline test" in order(other, "pause", "a", code=2), "orders for another pipeline")


def again(daemon: Slotcast, postgres: Postgres, place: int) -> None:
    """Set back without a daemon, and nothing taken away: what came twice builds the same tables."""
    before = sum(len(file.lines) for file in stage.read_stage(daemon.stages["a"]))
    order(daemon, "rewind", "a", "--to", f"{place >> 32:X}/{place & 0xFFFFFFFF:X}")
    daemon.drain()
    files = stage.read_stage(daemon.stages["a"])
    require(sum(len(file.lines) for file in files) > before, "nothing came again")
    compare.compare_state("a", files, postgres, KEYS)


def forget(daemon: Slotcast) -> None:
    daemon.stop()
    del daemon.config["sinks"]["c"]
    daemon.config["routes"] = [route for route in daemon.config["routes"] if route["to"] != ["c"]]
    daemon.start()
    daemon.wait_ready()
    require(listed(daemon)["c"][0] == "removed", "a sink that was taken out keeps its claim")
    require("slotcast sink forget c" in daemon.command("status").stdout, "status says what to do")
    require("not configured" in order(daemon, "resume", "c", code=2), "it can only be forgotten")
    order(daemon, "forget", "c")
    require("c" not in listed(daemon), "it is forgotten")
    require("no sink c" in order(daemon, "forget", "c", code=2), "and not twice")


def redrive(daemon: Slotcast) -> None:
    """A letter that nobody of ours wrote arrives once, and is gone."""
    columns = [{"name": "id", "type": 20, "modifier": -1, "class": "integer", "key": True},
               {"name": "v", "type": 25, "modifier": -1, "class": "text"}]
    letter = {"at": "2026-11-21T05:40:12.123456Z", "batch": 0, "lsn": "0/1", "seq": 77,
              "ts": "2026-11-21T05:40:11.000000Z", "xid": 731, "op": "c",
              "table": {"schema": "public", "name": "letters", "oid": 1, "identity": "d", "columns": columns},
              "route": "routes[1]", "target": "", "sqlstate": "22P02", "error": "not a number",
              "row": {"id": "77", "v": None}}
    file = daemon.state / "dead_letters" / "b.jsonl"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(letter) + "\n")
    require("does not run" in order(daemon, "redrive", "b", code=2), "it needs the daemon")
    daemon.start()
    daemon.wait_ready()
    require(daemon.sink("b")["dead_letters"] == 1, "the letter is counted")
    require("redrive b sends" in " ".join(daemon.command("status").stdout.split()), "status says what to do")
    order(daemon, "pause", "b")
    require("is paused" in order(daemon, "redrive", "b", code=2), "a paused sink gets nothing")
    order(daemon, "resume", "b")
    wait_until(lambda: daemon.sink("b")["state"] == "running", "b goes on")
    require("got 1 of its dead letters" in order(daemon, "redrive", "b"), "it is sent")
    require("no dead letters" in order(daemon, "redrive", "b"), "and not twice")
    require(daemon.sink("b")["dead_letters"] == 0, "the letter is counted no more")
    daemon.stop()
    lines = [line for file in stage.read_stage(daemon.stages["b"]) for line in file.lines
             if line.change.position == (1, 77)]
    require(len(lines) == 1, f"the letter's row is there {len(lines)} times")


def run(case: Case) -> None:
    postgres = case.postgres()
    oracle = Oracle(postgres)
    daemon = case.slotcast(postgres.uri())
    daemon.config["log"]["keep"] = "1h"
    daemon.add_sink("a", max_rows=300, every="100ms")
    daemon.add_sink("b", max_rows=5000, max_size="256KiB", every="300ms")
    daemon.add_sink("c", every="200ms")
    load = case.workload(postgres, rows_per_second=700)
    daemon.start()
    daemon.wait_ready()
    load.start()
    daemon.run_for(1)
    pause_and_resume(daemon)
    a_failed_one(daemon)
    place, stages = cut(case, daemon)
    daemon.run_for(0.5)
    refusals(case, daemon)
    rewind(daemon, load, postgres, oracle)
    daemon.wait_ready(60)
    forget(daemon)
    daemon.stop()
    daemon.drain()
    expected = oracle.read()
    for name in NAMES:
        compare.compare_rows(f"{name} at the cut", stages[name], {
            position: change for position, change in expected.items() if position[0] < place})
    compare.compare_rows("a", stage.read_stage(daemon.stages["a"]), expected)
    compare.compare_state("a", stage.read_stage(daemon.stages["a"]), postgres, KEYS)
    again(daemon, postgres, place)
    redrive(daemon)
    case.counts |= {"rows": len(expected), "transactions": oracle.transactions}


if __name__ == "__main__":
    main(__doc__, run)
