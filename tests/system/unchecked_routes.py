#!/usr/bin/python3
"""Routes that are changed while the server is down: their sinks wait until they can be checked. Wrong
ones end the daemon then, also after a crash, and leave no trace; right ones are taken as at a start."""

import re

from harness import stage
from harness.case import Case, main
from harness.processes import require, wait_until

REFUSED = 78
ROWS = 6
OLD = "id > 0"
WRONG = "id > 0 AND\n note + 1 > 0"
RIGHT = "id % 2 = 0"


class Scene:
    """Sink a with a filter and sink b without, both with all their rows, and the server down."""

    def __init__(self, case: Case, name: str):
        self.name = name
        self.postgres = case.postgres(f"pg_{name}", with_tables=False)
        self.postgres.query("CREATE TABLE t (id int PRIMARY KEY, note text);"
                            "CREATE TABLE u (id int PRIMARY KEY, note int);"
                            f"INSERT INTO t SELECT g, g FROM generate_series(1, {ROWS}) g")
        self.daemon = case.slotcast(self.postgres.uri(), name)
        for sink in "ab":
            self.daemon.add_sink(sink, begin="snapshot", every="50ms")
        self.route = self.daemon.config["routes"][0]
        self.route |= {"from": ["public.t", "public.u"], "where": OLD}
        self.daemon.start()
        self.daemon.wait_ready()
        for sink in "ab":
            self.wait_ids(sink, range(1, ROWS + 1))
        self.daemon.stop()
        self.postgres.stop()

    def ids(self, sink: str) -> list[int]:
        return sorted(int(line.change.values["id"]) for file in stage.read_stage(self.daemon.stages[sink])
                      for line in file.lines if line.change.op in "crud")

    def wait_ids(self, sink: str, ids: range | list[int]) -> None:
        wait_until(lambda: self.ids(sink) == sorted(ids), f"{self.name}: rows {list(ids)} at sink {sink}, "
                   f"found {self.ids(sink)}\n{self.daemon.last_words()}")

    def start_unchecked(self, where: str) -> None:
        self.route["where"] = where
        self.daemon.start()
        wait_until(lambda: "its routes are new" in self.daemon.sink("a").get("last_error", ""),
                   f"{self.name}: sink a says that it waits: {self.daemon.sink('a')}\n"
                   f"{self.daemon.last_words()}")
        wait_until(lambda: self.daemon.sink("b")["state"] == "running",
                   f"{self.name}: b does not run: {self.daemon.sink('b')}")


def wrong(case: Case) -> None:
    scene = Scene(case, "wrong")
    scene.start_unchecked(WRONG)
    scene.daemon.kill()
    scene.start_unchecked(WRONG)
    before = len(scene.daemon.stderr())
    scene.postgres.start()
    code = scene.daemon.wait(60)
    words = scene.daemon.stderr()[before:]
    require(code == REFUSED, f"ended with {code} instead of {REFUSED}:\n{words}")
    for said in (rf"{scene.daemon.config_path}:\d+:\d+: routes\[0\].where: ", "table public.t: ",
                 r"operator does not exist: text \+ integer"):
        require(bool(re.search(said, words)), f"{said} is not said:\n{words}")
    require("table public.u" not in words, f"a table that the route fits is named:\n{words}")
    # As before: nothing of the wrong route has to be made good.
    scene.route["where"] = OLD
    scene.postgres.query("INSERT INTO t VALUES (100, 'x')")
    scene.daemon.start()
    scene.daemon.wait_ready()
    for sink in "ab":
        scene.wait_ids(sink, [*range(1, ROWS + 1), 100])
    scene.daemon.stop()
    scene.daemon.drain()
    require(len(scene.ids("a")) == ROWS + 1, f"rows came again: {scene.ids('a')}")


def right(case: Case) -> None:
    scene = Scene(case, "right")
    scene.start_unchecked(RIGHT)
    scene.postgres.start()
    scene.postgres.query("INSERT INTO t VALUES (101, 'x'), (102, 'x')")
    again = [each for each in range(1, ROWS + 1) if each % 2 == 0]
    # The rows of a route that is new are read anew, and rows may come both ways.
    wanted = {*range(1, ROWS + 1), 102}
    wait_until(lambda: set(scene.ids("a")) == wanted and len(scene.ids("a")) >= ROWS + len(again) + 1,
               f"the rows of the new route: {scene.ids('a')}\n{scene.daemon.last_words()}")
    scene.wait_ids("b", [*range(1, ROWS + 1), 101, 102])
    scene.daemon.stop()
    before = scene.ids("a")
    scene.daemon.drain()
    require(scene.ids("a") == before, f"once is enough: {scene.ids('a')}, before {before}")


def run(case: Case) -> None:
    for scene in (wrong, right):
        scene(case)
        case.counts[scene.__name__] = 1


if __name__ == "__main__":
    main(__doc__, run)
