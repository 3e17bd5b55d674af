#!/usr/bin/python3
"""What would lose changes silently ends with 78, names the reason and the gap, and acks nothing."""

import shutil
import signal
import typing

from harness import postgres as server
from harness.case import Case, main
from harness.postgres import Postgres
from harness.processes import require, wait_until
from harness.slotcast import Slotcast
from harness import stage

REFUSED = 78


class Scene:
    """A pipeline that has delivered five rows and was stopped."""

    def __init__(self, case: Case, name: str, **options: typing.Any):
        self.case = case
        self.name = name
        self.postgres = case.postgres(f"pg_{name}", with_tables=False, **options)
        self.postgres.query("CREATE TABLE t (id int PRIMARY KEY, note text)")
        self.daemon: Slotcast = case.slotcast(self.postgres.uri(), name)
        self.stage = self.daemon.add_sink("a", every="50ms")
        self.daemon.start()
        self.daemon.wait_ready()
        self.insert(5)
        self.wait_delivered(5)
        self.daemon.stop()

    def insert(self, count: int) -> None:
        self.postgres.query("INSERT INTO t SELECT (SELECT coalesce(max(id), 0) FROM t) + g, 'x'"
                            " FROM generate_series(1, %s) g", count)

    def delivered(self) -> list[int]:
        return sorted(int(line.change.values["id"]) for file in stage.read_stage(self.stage)
                      for line in file.lines)

    def wait_delivered(self, count: int) -> None:
        wait_until(lambda: len(self.delivered()) == count,
                   f"{self.name}: {count} rows delivered\n{self.daemon.last_words()}")

    def slot(self) -> list[tuple]:
        return self.postgres.query(
            "SELECT slot_name, plugin, restart_lsn, confirmed_flush_lsn FROM pg_replication_slots"
            " WHERE NOT active")

    def lsn(self) -> str:
        return self.postgres.value("SELECT confirmed_flush_lsn FROM pg_replication_slots")

    def must_refuse(self, *phrases: str, is_started: bool = False) -> None:
        before, rows = self.slot(), self.delivered()
        # A daemon that runs already may have said it before anybody looks.
        said = 0 if is_started else len(self.daemon.stderr())
        if not is_started:
            self.daemon.start()
        code = self.daemon.wait(30)
        words = self.daemon.stderr()[said:]
        require(code == REFUSED, f"{self.name}: ended with {code} instead of 78:\n{words}")
        for phrase in phrases:
            require(phrase in words, f"{self.name}: \"{phrase}\" is not said:\n{words}")
        require(self.slot() == before or is_started,
                f"{self.name}: the slot was touched: {before} became {self.slot()}")
        require(self.delivered() == rows, f"{self.name}: rows were delivered nevertheless")


def dropped(case: Case) -> None:
    scene = Scene(case, "dropped")
    scene.postgres.query("SELECT pg_drop_replication_slot(%s)", scene.daemon.slot)
    scene.insert(1)
    scene.must_refuse("does not exist", scene.daemon.slot)
    require(scene.slot() == [], "a dropped slot was made again silently")


def between_connections(scene: Scene, action: typing.Callable[[], None]) -> None:
    """The daemon runs and has lost its connection; it finds what was done when it comes back."""
    scene.daemon.start()
    scene.daemon.wait_ready()
    scene.daemon.signal(signal.SIGSTOP)
    scene.postgres.query("SELECT pg_terminate_backend(pid) FROM pg_stat_replication")
    wait_until(lambda: scene.postgres.value("SELECT NOT active FROM pg_replication_slots"),
               "the slot becomes free")
    action()
    scene.daemon.signal(signal.SIGCONT)


def dropped_while_running(case: Case) -> None:
    scene = Scene(case, "dropped_running")
    between_connections(scene, lambda: scene.postgres.query(
        "SELECT pg_drop_replication_slot(%s)", scene.daemon.slot))
    scene.must_refuse("does not exist", scene.daemon.slot, is_started=True)


def recreated_while_running(case: Case) -> None:
    scene = Scene(case, "recreated_running")

    def recreate() -> None:
        scene.postgres.query("SELECT pg_drop_replication_slot(%s)", scene.daemon.slot)
        scene.insert(3)
        scene.postgres.query("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')",
                             scene.daemon.slot)
    between_connections(scene, recreate)
    scene.must_refuse("are lost to this pipeline", "--accept-gap", is_started=True)


def advanced_while_running(case: Case) -> None:
    scene = Scene(case, "advanced_running")

    def advance() -> None:
        scene.insert(4)
        scene.postgres.query("SELECT pg_replication_slot_advance(%s, pg_current_wal_lsn())",
                             scene.daemon.slot)
    between_connections(scene, advance)
    scene.must_refuse("are lost to this pipeline", "--accept-gap", is_started=True)


def accept_gap(scene: Scene, lost: int) -> None:
    """Goes on behind the gap, and only with the flag."""
    scene.daemon.start("--accept-gap")
    scene.daemon.wait_ready()
    scene.insert(2)
    scene.wait_delivered(5 + 2)
    require(scene.delivered()[-1] == 5 + lost + 2, "other rows than those behind the gap")
    require("--accept-gap" in scene.daemon.stderr(), "going on over the gap is not said")
    scene.daemon.stop()
    scene.daemon.drain()


def recreated(case: Case) -> None:
    scene = Scene(case, "recreated")
    ours = scene.lsn()
    scene.postgres.query("SELECT pg_drop_replication_slot(%s)", scene.daemon.slot)
    scene.insert(3)
    scene.postgres.query("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')",
                         scene.daemon.slot)
    scene.must_refuse(ours, scene.lsn(), "--accept-gap")
    accept_gap(scene, 3)


def advanced(case: Case) -> None:
    scene = Scene(case, "advanced")
    ours = scene.lsn()
    scene.insert(4)
    scene.postgres.query("SELECT pg_replication_slot_advance(%s, pg_current_wal_lsn())",
                         scene.daemon.slot)
    scene.must_refuse(ours, scene.lsn(), "--accept-gap")
    accept_gap(scene, 4)


def other_plugin(case: Case) -> None:
    scene = Scene(case, "other_plugin")
    scene.postgres.query("SELECT pg_drop_replication_slot(%s)", scene.daemon.slot)
    scene.postgres.query("SELECT pg_create_logical_replication_slot(%s, 'test_decoding')",
                         scene.daemon.slot)
    scene.must_refuse("test_decoding")


def invalidated(case: Case) -> None:
    scene = Scene(case, "invalidated", settings={"max_slot_wal_keep_size": "1MB"})
    for _ in range(4):
        scene.insert(1)
        scene.postgres.query("SELECT pg_switch_wal()")
    scene.postgres.query("CHECKPOINT")
    require(scene.postgres.value("SELECT wal_status FROM pg_replication_slots") == "lost",
            "the server did not invalidate the slot; the test has no subject")
    scene.must_refuse("invalidated")


def other_cluster(case: Case) -> None:
    scene = Scene(case, "other_cluster")
    scene.postgres.stop()
    other = Postgres(case.directory / "pg_other", fresh=True, port=scene.postgres.port,
                     sockets=scene.postgres.sockets)
    case.on_cleanup(other.cleanup)
    other.start()
    other.query("CREATE TABLE t (id int PRIMARY KEY, note text)")
    for publication in (scene.daemon.slot, scene.daemon.slot + "_insert"):
        other.query(f"CREATE PUBLICATION {publication} FOR TABLE t")
    other.query("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", scene.daemon.slot)
    scene.postgres = other
    scene.insert(3)
    scene.must_refuse("another cluster", "system identifier")


def back_in_time(case: Case) -> None:
    """The data directory of before, put back: the daemon has changes that the server lacks."""
    scene = Scene(case, "back_in_time")
    scene.postgres.stop()
    old = scene.postgres.directory / "old"
    server.copy(scene.postgres.data, old)
    scene.postgres.start()
    scene.daemon.start()
    scene.insert(50)
    scene.wait_delivered(55)
    scene.daemon.stop()
    scene.postgres.stop()
    shutil.rmtree(scene.postgres.data)
    old.rename(scene.postgres.data)
    scene.postgres.start()
    scene.must_refuse("back in time")
    scene.postgres.stop()
    (scene.postgres.data / "standby.signal").touch()
    server.processes.give_to_server_user(scene.postgres.data / "standby.signal")
    scene.postgres.start()
    scene.postgres.query("SELECT pg_promote()")
    scene.insert(500)  # so that its WAL is longer than what we had
    scene.must_refuse("timeline 1")


def publication_dropped(case: Case) -> None:
    scene = Scene(case, "publication")
    scene.postgres.query(f"DROP PUBLICATION {scene.daemon.slot}")
    scene.insert(2)
    scene.must_refuse("publication", "CREATE PUBLICATION")


def publication_dropped_while_running(case: Case) -> None:
    scene = Scene(case, "publication_running")
    scene.daemon.start()
    scene.daemon.wait_ready()
    scene.postgres.query(f"DROP PUBLICATION {scene.daemon.slot}")
    scene.insert(2)
    # Said by the stream itself, or by the guard of the next connection: whichever comes first.
    scene.must_refuse("does not exist", scene.daemon.slot, is_started=True)


def new_table(case: Case) -> None:
    """A table made while the daemon runs is told of once, and captured when it is added."""
    scene = Scene(case, "new_table")
    scene.daemon.start()
    scene.daemon.wait_ready()
    scene.postgres.query("CREATE TABLE later (id int PRIMARY KEY, note text)")

    def said() -> int:
        return scene.daemon.stderr().count("table public.later matches a route")
    wait_until(lambda: said() == 1, "the new table is told of", seconds=30)
    scene.daemon.run_for(12)
    require(said() == 1, f"it is told {said()} times")
    require(scene.daemon.http("/readyz")[0] == 200, "a table that was never captured is no loss")
    scene.daemon.stop()


def table_taken_out(case: Case) -> None:
    """The server does not say so: noticed while running, and not forgotten by a restart."""
    scene = Scene(case, "taken_out")
    daemon, publication = scene.daemon, scene.daemon.slot
    daemon.start()
    daemon.wait_ready()
    scene.postgres.query(f"ALTER PUBLICATION {publication} DROP TABLE t")
    scene.insert(2)
    wait_until(lambda: daemon.http("/readyz")[0] == 503, "not ready any more", seconds=30)
    scene.postgres.query(f"ALTER PUBLICATION {publication} ADD TABLE t")
    daemon.stop()
    daemon.start()
    wait_until(lambda: daemon.capture().get("state") == "streaming", "streams again")
    code, words = daemon.http("/readyz")
    require(code == 503 and "public.t" in words and "ADD TABLE" in words,
            f"the gap is forgotten: {code} {words}")
    daemon.stop()
    daemon.start("--accept-gap")
    daemon.wait_ready()
    daemon.stop()
    daemon.start()
    daemon.wait_ready()
    scene.insert(1)
    scene.wait_delivered(6)
    daemon.stop()


def unknown_slot(case: Case) -> None:
    """A slot that is there before us may be somebody's: adopted only when told so."""
    scene = Scene(case, "unknown_slot")
    shutil.rmtree(scene.daemon.state)
    scene.must_refuse("exists already", "source.adopt: true")
    scene.daemon.config["source"]["adopt"] = True
    scene.insert(1)
    scene.daemon.start()
    scene.wait_delivered(6)
    scene.daemon.stop()


SCENES = [dropped, dropped_while_running, recreated, recreated_while_running, advanced,
          advanced_while_running, other_plugin, invalidated,
          other_cluster, back_in_time, publication_dropped, publication_dropped_while_running,
          new_table, table_taken_out, unknown_slot]


def run(case: Case) -> None:
    chosen = [scene for scene in SCENES if case.arguments.only in (None, scene.__name__)]
    for scene in chosen:
        scene(case)
        case.cleanup()
        print(f"  {scene.__name__}: refused", flush=True)
    case.counts["guards"] = len(chosen)


if __name__ == "__main__":
    main(__doc__, run, lambda parser: parser.add_argument("--only", help="one scene's name"))
