#!/usr/bin/python3
"""Bad days of brokers: away at the start, closing what is idle, killed, frozen for longer than a transaction may take, with
a full disk, and two daemons under one name. The sink says what it waits for and goes on by itself,
SIGTERM ends in time, and each row is there once, as test_decoding has it."""

import signal
import time
import typing

from harness import compare, kafka_rows, kafka_sink
from harness.case import Case, main
from harness.kafka import KafkaServer
from harness.oracle import Oracle
from harness.processes import require, wait_until
from harness.slotcast import Slotcast
from harness.small_disk import SmallDisk
from harness.workload import Workload

TABLES = ["public.acct", "public.toast"]
NOBODY = "127.0.0.1:1"  # one of two brokers, who is never there
IDLE_S = 2
TRANSACTION_S, ANSWER_S, SHUTDOWN_S = 5, 2, 4
# Small files, so that a broker gets by on a small disk.
PROPERTIES = {"log.segment.bytes": "1048576", "log.index.size.max.bytes": "65536",
              "transaction.state.log.segment.bytes": "1048576",
              "connections.max.idle.ms": str(IDLE_S * 1000)}
DISK_MIB = 64


class Scene:
    def __init__(self, case: Case):
        self.case = case
        self.postgres = case.postgres()
        self.disk = SmallDisk(case.directory / "disk", DISK_MIB)
        case.on_cleanup(self.disk.cleanup)
        self.server = KafkaServer(case.directory / "kafka", PROPERTIES, self.disk.path / "data")
        case.on_cleanup(self.server.cleanup)
        self.oracle = Oracle(self.postgres)
        self.load: Workload | None = None
        self.said = 0
        self.daemon = self.make("first", [NOBODY, self.server.bootstrap()])

    def make(self, directory: str, brokers: list[str]) -> Slotcast:
        daemon = self.case.slotcast(self.postgres.uri(), "days", self.case.directory / directory)
        daemon.config["shutdown_timeout"] = f"{SHUTDOWN_S}s"
        kafka_sink.add(daemon, "one", brokers, TABLES, every="100ms", answer_timeout=f"{ANSWER_S}s",
                       transaction_timeout=f"{TRANSACTION_S}s")
        daemon.config["sinks"]["rest"] = {"null": {}, "start": "now", "batch": {"every": "100ms"}}
        daemon.config["routes"].append({"from": "public.*", "to": ["rest"]})
        return daemon

    def begin_load(self) -> None:
        self.load = self.case.workload(self.postgres, rows_per_second=300, after=self.load)
        self.load.start()

    def end_load(self, seconds: float = 0) -> None:
        time.sleep(seconds)
        typing.cast(Workload, self.load).stop()

    def catch_up(self, daemon: Slotcast | None = None) -> None:
        daemon = daemon or self.daemon
        kafka_sink.wait_delivered(daemon, ["one", "rest"])
        self.compare()

    def compare(self) -> None:
        expected = {position: change for position, change in self.oracle.read().items()
                    if change.table in TABLES}
        files = kafka_rows.read_rows(self.server, "one.")
        self.case.counts["rows"] = compare.compare_rows("one", files, expected)

    def new_lines(self) -> list[str]:
        """Said since the last time."""
        said = self.daemon.stderr()
        lines, self.said = said[self.said:].splitlines(), len(said)
        if self.case.arguments.show:
            print("\n".join(lines))
        require(all(" librdkafka=" not in line for line in lines), f"librdkafka's own lines: {lines}")
        require(len(lines) < 40, f"{len(lines)} lines are a flood: {lines}")
        return lines


def away_at_start(scene: Scene) -> None:
    """One broker of the list does not exist, the other is not up yet."""
    scene.daemon.start()
    wait_until(lambda: scene.daemon.capture().get("state") == "streaming", "capture runs")
    scene.begin_load()
    kafka_sink.wait_said(scene.daemon, "one", f"no broker can be used: broker {NOBODY}: connection refused")
    kafka_sink.wait_said(scene.daemon, "one", f"broker {scene.server.bootstrap()}: connection refused")
    scene.end_load()
    scene.server.start()
    scene.catch_up()


def idle(scene: Scene) -> None:
    """The broker closes connections that nobody uses, as it does every ten minutes elsewhere; that is
    not worth a word."""
    scene.new_lines()
    scene.daemon.run_for(2 * IDLE_S)
    require(not scene.new_lines(), f"of an idle connection is told: {scene.daemon.last_words()}")
    scene.begin_load()
    scene.end_load(0.5)
    scene.catch_up()
    require(not scene.new_lines(), f"of an idle connection is told: {scene.daemon.last_words()}")


def killed(scene: Scene) -> None:
    scene.begin_load()
    scene.daemon.run_for(0.5)
    scene.server.kill()
    kafka_sink.wait_said(scene.daemon, "one", f"broker {scene.server.bootstrap()}: connection refused")
    scene.end_load()
    scene.server.start()
    scene.catch_up()


def frozen(scene: Scene) -> None:
    """For longer than a transaction may take; then the broker gives it up."""
    scene.begin_load()
    scene.daemon.run_for(0.5)
    scene.server.freeze()
    began = time.monotonic()
    wait_until(lambda: scene.daemon.sink("one").get("state") == "retrying", "the sink waits")
    kafka_sink.wait_said(scene.daemon, "one", "does not answer")
    scene.end_load(max(0.0, began + TRANSACTION_S + 2 - time.monotonic()))
    scene.server.thaw()
    scene.catch_up()


def told_to_end(scene: Scene) -> None:
    """SIGTERM while the broker hangs ends in time, and the next start has all."""
    scene.begin_load()
    scene.daemon.run_for(0.5)
    scene.server.freeze()
    scene.end_load(0.5)
    scene.daemon.signal(signal.SIGTERM)
    began = time.monotonic()
    scene.daemon.wait(SHUTDOWN_S + 10)
    took = time.monotonic() - began
    require(took < SHUTDOWN_S + 3, f"SIGTERM took {took:.1f} s, and shutdown_timeout is {SHUTDOWN_S} s")
    scene.server.thaw()
    scene.daemon.start()
    scene.catch_up()


def full_disk(scene: Scene) -> None:
    """The broker ends when it cannot write any more, as Kafka does."""
    scene.disk.fill()
    scene.begin_load()
    wait_until(lambda: not scene.server.is_running(), "the broker ends", 60)
    kafka_sink.wait_said(scene.daemon, "one", f"broker {scene.server.bootstrap()}: connection refused")
    scene.end_load()
    scene.disk.free()
    scene.server.start()
    scene.catch_up()


def two_daemons(scene: Scene) -> None:
    """The same pipeline on another machine, with a slot of its own: the older one stops and says who
    has taken over, the newer one goes on."""
    newer = scene.make("second", [scene.server.bootstrap()])
    for key in ("slot", "publication"):
        newer.config["source"][key] = "slotcast_second"
    newer.start()
    newer.wait_ready()
    wait_until(lambda: newer.sink("one").get("state") == "running", "the newer one delivers")
    scene.begin_load()
    kafka_sink.wait_said(scene.daemon, "one", "another slotcast delivers to this sink now (", "failed")
    said = scene.daemon.sink("one")["last_error"]
    require(f":{newer.pid}:" in said and "two must not have the same name and sink; stop one" in said, said)
    scene.end_load(0.5)
    scene.catch_up(newer)
    newer.stop()


SCENES = [away_at_start, idle, killed, frozen, told_to_end, full_disk, two_daemons]


def run(case: Case) -> None:
    scene = Scene(case)
    chosen = [one for one in SCENES if case.arguments.only in (None, one.__name__)]
    if away_at_start not in chosen:
        chosen.insert(0, away_at_start)
    for one in chosen:
        began = time.monotonic()
        one(scene)
        print(f"  {one.__name__}: as said, {time.monotonic() - began:.0f} s", flush=True)
        scene.new_lines()
    scene.daemon.kill()
    case.counts["days"] = len(chosen)


def extend(parser) -> None:
    parser.add_argument("--only", help="one scene's name, behind the first")
    parser.add_argument("--show", action="store_true", help="prints what is said")


if __name__ == "__main__":
    main(__doc__, run, extend)
