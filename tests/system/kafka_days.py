#!/usr/bin/python3
"""Bad days of topics, while rows keep coming: topics that are deleted, limits that are lowered, rows
that a topic does not take, partitions that are added, progress that is deleted. Whoever reads the log
knows what to do, and when it is mended each row is there once, as test_decoding has it."""

import random
import typing

from harness import compare, history, kafka_access, kafka_rows, kafka_sink, stage
from harness.case import Case, main
from harness.kafka import KafkaServer
from harness.kafka_access import Access
from harness.oracle import Oracle
from harness.processes import require, wait_until
from harness.workload import Workload

TABLES = ["public.acct", "public.large"]
LARGE = "CREATE TABLE large (id int PRIMARY KEY, body text)"
LIMIT, SMALL, BELOW, ABOVE = 20_000, 100, 9_000, 30_000  # bytes of a row
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
# What of a row is told when it is larger than its topic takes.
TOO_LARGE = "topic {}.public.large takes {} (max.message.bytes)"
HIDDEN = {"sasl": {"mechanism": "PLAIN", "username": kafka_access.USER, "password": "${env:TEST_PASSWORD}"}}


class Scene:
    """A sink for each day, all with the same rows."""

    def __init__(self, case: Case):
        self.case = case
        self.random = random.Random(case.seed)
        self.postgres = case.postgres()
        self.postgres.query(LARGE)
        self.server = KafkaServer(case.directory / "kafka", access=Access(
            case.directory / "tls", ("SASL_PLAINTEXT",), rules=True))
        case.on_cleanup(self.server.cleanup)
        self.server.start()
        self.oracle = Oracle(self.postgres)
        self.daemon = case.slotcast(self.postgres.uri(), "days")
        self.daemon.variables = {"TEST_PASSWORD": kafka_access.PASSWORD}
        self.sinks: list[str] = []
        self.load: Workload | None = None
        self.rows = 0
        self.above: list[int] = []  # ids of rows that are too large for a while
        # What was in topics when they were deleted.
        self.before: dict[str, list[stage.StageFile]] = {}

    def add(self, name: str, on_error: str = "stop", listener: str = "PLAINTEXT",
            **kafka: typing.Any) -> None:
        kafka_sink.add(self.daemon, name, [self.server.bootstrap(listener)], TABLES, on_error, "100ms",
                       answer_timeout="3s", transaction_timeout="10s", **kafka)
        self.sinks.append(name)

    def change(self, *sizes: int) -> None:
        """Rows of these sizes, while the other tables change as well."""
        self.load = self.case.workload(self.postgres, rows_per_second=300, after=self.load)
        self.load.start()
        for size in sizes:
            self.rows += 1
            if size > LIMIT:
                self.above.append(self.rows)
            self.postgres.query("INSERT INTO large VALUES (%s, %s)", self.rows,
                                "".join(self.random.choices(LETTERS, k=size)))
        self.daemon.run_for(1)
        self.load.stop()

    def expected(self) -> history.History:
        return {position: change for position, change in self.oracle.read().items()
                if change.table in TABLES}

    def delivered(self, *sinks: str) -> None:
        kafka_sink.wait_delivered(self.daemon, sinks)

    def compare(self, name: str, expected: history.History) -> None:
        files = kafka_rows.read_rows(self.server, name + ".")
        compare.compare_rows(name, self.before.get(name, []) + files, expected)


def set_up(scene: Scene) -> None:
    scene.add("remade")
    scene.add("awaited", topics={"create": False})
    scene.add("stops")
    scene.add("skips", "skip")
    scene.add("diverts", "divert")
    scene.add("hidden", "divert", "SASL_PLAINTEXT", **HIDDEN)
    # librdkafka asks for partitions every five minutes.
    soon = {"topic.metadata.refresh.interval.ms": "500"}
    scene.add("grown", partition="single", topics={"partitions": 1}, properties=soon)
    scene.add("spread", topics={"partitions": 2}, properties=soon)
    scene.add("forgotten")
    # A change's number counts all that is published.
    scene.daemon.config["sinks"]["rest"] = {"null": {}, "start": "now", "batch": {"every": "100ms"}}
    scene.daemon.config["routes"].append({"from": "public.*", "to": ["rest"]})
    scene.server.create_topic(kafka_sink.progress_topic(scene.daemon, "awaited"), cleanup_policy="compact")
    for table in TABLES:
        scene.server.create_topic(f"awaited.{table}")
    for operation in ("READ", "WRITE", "CREATE"):  # but not DESCRIBE_CONFIGS
        scene.server.allow(kafka_access.USER, "TOPIC", "*", operation)
    scene.server.allow(kafka_access.USER, "TRANSACTIONAL_ID", "*", "WRITE")


def break_it(scene: Scene) -> None:
    """All at once, where nothing is on its way: what was in a topic is known, and gone with it."""
    server = scene.server
    for name in ("remade", "awaited"):
        scene.before[name] = [stage.StageFile("deleted " + file.name, file.table, file.lines)
                              for file in kafka_rows.read_rows(server, name + ".")]
        for table in TABLES:
            server.delete_topic(f"{name}.{table}")
    server.delete_topic(kafka_sink.progress_topic(scene.daemon, "forgotten"))
    for name in ("grown", "spread"):
        for table in TABLES:
            server.tool("add_partitions", topic=f"{name}.{table}", partitions=5)
    for name in ("stops", "skips", "diverts", "hidden"):
        server.alter_topic(f"{name}.public.large", max_message_bytes=str(LIMIT))


def check_days(scene: Scene) -> None:
    """Who needs nobody has all; the others say whom they wait for."""
    daemon = scene.daemon
    kafka_sink.wait_said(daemon, "awaited", "is not there: make it, or set topics.create")
    require("topic awaited.public." in daemon.sink("awaited")["last_error"],
            f"awaited says {daemon.sink('awaited')}")
    for table in TABLES:
        scene.server.create_topic(f"awaited.{table}")
    scene.delivered("remade", "awaited", "skips", "diverts", "hidden", "grown", "spread", "forgotten",
                    "rest")
    kafka_sink.wait_said(daemon, "stops", TOO_LARGE.format("stops", LIMIT - 256), "failed")
    for name in ("diverts", "hidden"):
        wait_until(lambda name=name: daemon.sink(name)["dead_letters"] == len(scene.above),
                   f"{name} keeps {len(scene.above)} letters: {daemon.sink(name)}")
    for line in ("sink remade: made a topic topic=remade.public.large",
                 "sink forgotten: made the topic that keeps what is delivered",
                 "sink hidden: a topic refuses batches and does not say how large they may be"):
        require(line in daemon.stderr(), f'"{line}" is not said:\n{daemon.last_words()}')


def mend(scene: Scene) -> None:
    said = order(scene, "redrive", "diverts")
    require("got 0 of its dead letters" in said, said)
    for name in ("stops", "skips", "diverts", "hidden"):
        scene.server.alter_topic(f"{name}.public.large", max_message_bytes="1000000")
    order(scene, "resume", "stops")
    # However lately the sink has looked at what its topic takes.
    said = order(scene, "redrive", "diverts")
    require("got 2 of its dead letters" in said, said)
    scene.delivered("stops")
    scene.change(SMALL, BELOW)
    scene.delivered(*scene.sinks)


def redrive_hidden(scene: Scene) -> None:
    """A topic that does not tell is tried again after half a minute."""
    def has_gone() -> bool:
        scene.daemon.run_for(1)
        return "got 2 of its dead letters" in order(scene, "redrive", "hidden")
    wait_until(has_gone, f"hidden gets its letters\n{scene.daemon.last_words()}", 45)


def order(scene: Scene, verb: str, sink: str) -> str:
    done = scene.daemon.command("sink", verb, sink)
    require(done.returncode == 0, f"{verb} {sink}: {done.stdout}{done.stderr}")
    return done.stdout


def check_rows(scene: Scene) -> None:
    expected = scene.expected()
    require(len(expected) > 100, "the load made no changes")
    small = {position: change for position, change in expected.items()
             if change.table != "public.large" or int(change.values["id"]) not in scene.above}
    require(len(expected) - len(small) == len(scene.above), "rows that were too large")
    for name in ("remade", "awaited", "stops", "grown", "forgotten"):
        scene.compare(name, expected)
    scene.compare("skips", small)
    check_redriven(scene, "diverts", expected)
    check_spread(scene, expected)
    redrive_hidden(scene)
    check_redriven(scene, "hidden", expected)
    scene.case.counts |= {"rows": len(expected), "too large for a while": len(scene.above)}


def check_redriven(scene: Scene, name: str, expected: history.History) -> None:
    """The letters come last, and the rest as if they had not been."""
    late: list[stage.Line] = []
    files = kafka_rows.read_rows(scene.server, name + ".")
    for file in files:
        late += [line for line in file.lines if int(line.change.values["id"]) in scene.above
                 and file.table.startswith("public.large")]
        file.lines = [line for line in file.lines if line not in late]
    files.append(stage.StageFile("late", "public.large/late", late))
    compare.compare_rows(name, files, expected)


def check_spread(scene: Scene, expected: history.History) -> None:
    """Keys go elsewhere when there are more partitions; within each, rows still rise."""
    files = []
    for table in TABLES:
        partitions: dict[int, list[stage.Line]] = {}
        for message in scene.server.read_topic(f"spread.{table}"):
            line = kafka_rows.line_of(f"spread.{table}", table, message)
            partitions.setdefault(message.partition, []).append(line)
        files += [stage.StageFile(f"{table}/{number}", f"{table}/{number}", lines)
                  for number, lines in partitions.items()]
    require(len(files) > 4, f"rows went to {len(files)} partitions: not to those that were added")
    compare.compare_rows("spread", files, expected)


def run(case: Case) -> None:
    scene = Scene(case)
    set_up(scene)
    scene.daemon.start()
    scene.daemon.wait_ready()
    scene.change(SMALL, BELOW, SMALL)
    scene.delivered(*scene.sinks)
    break_it(scene)
    scene.change(*[BELOW] * 20, ABOVE, SMALL, ABOVE, SMALL)
    check_days(scene)
    mend(scene)
    check_rows(scene)
    said = scene.daemon.stderr()
    if case.arguments.show:
        print(said)
    lines = said.count("\n")
    require(lines < 250, f"{lines} lines are a flood:\n{said}")
    kafka_sink.check_secrets(kafka_sink.said_by_all(scene.daemon), kafka_access.PASSWORD)
    scene.daemon.stop()
    case.counts |= {"sinks": len(scene.sinks), "lines said": lines}


def extend(parser) -> None:
    parser.add_argument("--show", action="store_true", help="prints what is said")


if __name__ == "__main__":
    main(__doc__, run, extend)
