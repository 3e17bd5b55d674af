"""A sink, its broker and its load, for tests of what brokers may do to a sink."""

import time
import typing

from . import compare, kafka_rows, kafka_sink
from .case import Case
from .kafka import KafkaServer
from .oracle import Oracle
from .processes import require
from .slotcast import Slotcast
from .small_disk import SmallDisk
from .workload import Workload

TABLES = ["public.acct", "public.toast"]
NOBODY = "127.0.0.1:1"  # one of two brokers, who is never there
IDLE_S = 2
TRANSACTION_S, ANSWER_S, SHUTDOWN_S = 5, 2, 4
# Small files, so that a broker gets by on a small disk.
PROPERTIES = {"log.segment.bytes": "1048576", "log.index.size.max.bytes": "65536",
              "transaction.state.log.segment.bytes": "1048576",
              "connections.max.idle.ms": str(IDLE_S * 1000)}


class Scene:
    """`disk_mib`: what the broker writes is on a disk of that size."""

    def __init__(self, case: Case, disk_mib: int = 0):
        self.case = case
        self.postgres = case.postgres()
        self.disk: SmallDisk | None = None
        if disk_mib > 0:
            self.disk = SmallDisk(case.directory / "disk", disk_mib)
            case.on_cleanup(self.disk.cleanup)
        data = self.disk.path / "data" if self.disk else None
        self.server = KafkaServer(case.directory / "kafka", PROPERTIES, data)
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


Day = typing.Callable[[Scene], None]


def play(scene: Scene, days: list[Day]) -> None:
    """The first always, and the others unless --only names one."""
    only = scene.case.arguments.only
    chosen = [day for day in days if only in (None, day.__name__) or day == days[0]]
    for day in chosen:
        began = time.monotonic()
        day(scene)
        print(f"  {day.__name__}: as said, {time.monotonic() - began:.0f} s", flush=True)
        scene.new_lines()
    scene.daemon.kill()
    scene.case.counts["days"] = len(chosen)


def extend(parser) -> None:
    parser.add_argument("--only", help="one scene's name, behind the first")
    parser.add_argument("--show", action="store_true", help="prints what is said")
