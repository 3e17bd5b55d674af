#!/usr/bin/python3
"""A full log lets go of the sink that holds it, says so, and a resync makes that sink right again."""

import psycopg2.errors

from harness import compare, stage
from harness.case import Case, main
from harness.oracle import Oracle
from harness.postgres import Postgres
from harness.processes import require, wait_until
from harness.slotcast import Slotcast
from harness.workload import KEYS

from late_sink import KEYED
from sinks import listed, order


def state(daemon: Slotcast, name: str) -> str:
    return daemon.sink(name).get("state", "")


def break_stage(daemon: Slotcast, name: str) -> None:
    """A file where the sink needs a directory: it stops, and its part of the log stays."""
    place = daemon.stages[name] / "public.acct"
    place.rename(daemon.stages[name].with_name("away"))
    place.write_text("not a directory")
    wait_until(lambda: state(daemon, name) == "failed", f"{name} has failed")


def mend_stage(daemon: Slotcast, name: str) -> None:
    place = daemon.stages[name] / "public.acct"
    place.unlink()
    daemon.stages[name].with_name("away").rename(place)


def delete_many(postgres: Postgres) -> None:
    """The load locks rows in another order: who the server gives up tries again."""
    for _ in range(20):
        try:
            postgres.query("DELETE FROM acct WHERE id % 3 = 0")
            return
        except psycopg2.errors.DeadlockDetected:
            pass
    raise AssertionError("each attempt to delete rows ends in a deadlock")


def run(case: Case) -> None:
    postgres = case.postgres()
    oracle = Oracle(postgres)
    daemon = case.slotcast(postgres.uri())
    daemon.config["log"] |= {"max_size": "4MiB", "on_full": "detach"}
    daemon.add_sink("a", every="100ms", begin="snapshot")
    daemon.add_sink("b", every="100ms", begin="snapshot", tables=sorted(KEYED))
    load = case.workload(postgres, rows_per_second=1500)
    load.start()
    daemon.start()
    daemon.wait_ready()
    wait_until(lambda: (daemon.stages["b"] / "public.acct").exists(), "b has rows")
    break_stage(daemon, "b")
    wait_until(lambda: state(daemon, "b") == "detached", "b is detached", 90)
    wait_until(lambda: daemon.capture().get("state") == "streaming", "capture goes on", 10)
    code, reason = daemon.http("/readyz")
    require(code == 503 and "sink b is detached" in reason, f"not ready, and why: {reason}")
    require("slotcast sink resync b" in daemon.command("status").stdout, "status says what to do")
    require("resync brings it back" in order(daemon, "resume", "b", code=2), "it cannot just go on")
    refused = order(daemon, "resync", "b", "--table", "public.acct", code=2)
    require("all have to be read" in refused, f"all of them: {refused}")
    require(listed(daemon)["b"][4:6] == ["0", "B"], f"it holds nothing: {listed(daemon)['b']}")
    mend_stage(daemon, "b")
    # What b will never hear of.
    delete_many(postgres)
    daemon.stop()
    daemon.start()
    wait_until(lambda: daemon.capture().get("state") == "streaming", "it runs again")
    require(state(daemon, "b") == "detached", "b is detached after a restart")
    order(daemon, "resync", "b")
    daemon.kill()
    daemon.start()
    wait_until(lambda: state(daemon, "b") == "running", "b is back")
    daemon.wait_ready()
    wait_until(lambda: not daemon.status()["chunks"]["sinks"], "all tables are read", 120)
    load.stop()
    daemon.stop()
    daemon.drain()
    expected = oracle.read()
    _, changes = compare.split_snapshot(stage.read_stage(daemon.stages["a"]))
    begin = min(line.change.position for file in changes for line in file.lines)
    compare.compare_rows("a", changes, {position: change for position, change in expected.items()
                                        if position >= begin})
    compare.compare_state("a", stage.read_stage(daemon.stages["a"]), postgres, KEYS)
    compare.compare_state("b", stage.read_stage(daemon.stages["b"]), postgres, KEYED)
    case.counts |= {"rows": len(expected)}


if __name__ == "__main__":
    main(__doc__, run)
