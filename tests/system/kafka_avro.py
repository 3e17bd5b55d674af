#!/usr/bin/python3
"""Rows reach Kafka as Avro, each once, as they were committed: with a schema registry that is not
there at first, is out of order for a while, gets new versions of a table, and refuses one."""

import dataclasses
import json
import time
import typing

from harness import avro, compare, debezium, history, stage
from harness.case import Case, main
from harness.certificates import Authority
from harness.kafka import KafkaServer
from harness.kafka_messages import Bytes
from harness.oracle import Oracle
from harness.processes import require, wait_until
from harness.schema_registry import PASSWORD, USER, Gate, SchemaRegistry
from harness.slotcast import Slotcast
from harness.workload import KEYS

ACCT = "avro.public.acct"
SUBJECTS = sum(2 if key else 1 for key in KEYS.values())
NUMERIC = {("public.fullident", "b")}
# The others of public.types have texts of their own; the formats' tests look at them.
PLAIN_TYPES = {"id", "i2", "i4", "i8", "b", "t", "v", "u", "m", "dom"}
MARKER = "__debezium_unavailable_value"


class Scene:
    """A sink of Avro, and one that takes everything. Before the registry is a gate with TLS and a
    password, which is closed."""

    def __init__(self, case: Case):
        self.case = case
        self.server = KafkaServer(case.directory / "kafka")
        case.on_cleanup(self.server.cleanup)
        self.server.start(wait=False)
        self.registry = SchemaRegistry(case.directory / "registry")
        case.on_cleanup(self.registry.cleanup)
        self.registry.start(wait=False)
        self.authority = Authority(case.directory / "authority")
        self.gate = Gate(self.registry, self.authority.issue("registry"))
        case.on_cleanup(self.gate.close)
        self.gate.close()
        self.postgres = case.postgres()
        # The load adds these by and by; here no schema changes but by what a step does.
        self.postgres.query("ALTER TABLE rare " + ", ".join(
            f"ADD COLUMN extra{number} int" for number in range(1, 10)))
        self.oracle = Oracle(self.postgres)
        self.daemon = self.configure()
        self.load = case.workload(self.postgres, rows_per_second=60)
        self.server.wait_ready()
        self.registry.wait_ready()

    def configure(self) -> Slotcast:
        daemon = self.case.slotcast(self.postgres.uri())
        password = self.case.directory / "password"
        password.write_text(PASSWORD)
        password.chmod(0o600)
        registry = {"url": self.gate.url, "username": USER, "password": f"${{file:{password}}}",
                    "ca_file": str(self.authority.certificate)}
        daemon.config["sinks"] = {
            "avro": {"start": "now", "kafka": {
                "brokers": [self.server.bootstrap()], "topic": "avro.{schema}.{table}",
                "format": "avro", "decimal": "string", "registry": registry}},
            "rest": {"start": "now", "null": {}, "batch": {"every": "100ms"}}}
        daemon.config["routes"].append({"from": "public.*", "to": ["avro", "rest"]})
        return daemon

    def rows(self, sink: str = "avro") -> int:
        require(self.daemon.is_running(), self.daemon.ended_early())
        return self.daemon.sink(sink).get("rows", 0)

    def wait_rows(self, message: str, sink: str = "avro") -> None:
        before = self.rows(sink)
        wait_until(lambda: self.rows(sink) > before + 50, f"{message}: rows come", 40)

    def wait_trouble(self, state: str, *words: str) -> str:
        """What the sink's error says."""
        def error() -> str | None:
            require(self.daemon.is_running(), self.daemon.ended_early())
            sink = self.daemon.sink("avro")
            said = sink.get("last_error", "")
            fits = sink.get("state") == state and all(word in said for word in words)
            return said if fits else None
        return typing.cast(str, wait_until(error, f"the sink is {state} and says {words}", 40))

    def status_text(self) -> str:
        """As a person sees it, in one line."""
        return " ".join(self.daemon.command("status").stdout.split())


def away_at_start(scene: Scene) -> None:
    scene.daemon.start()
    wait_until(lambda: scene.daemon.capture().get("state") == "streaming", "the server sends", 30)
    scene.load.start()
    said = scene.wait_trouble("retrying", scene.gate.url, "subject avro.public.", "connect")
    require(said in scene.status_text(), f"status says something else than {said}")
    require("will try again" in scene.daemon.stderr(), "stderr says that it goes on")
    scene.gate.open()
    scene.wait_rows("the registry is there")


def new_column(scene: Scene) -> None:
    wait_until(lambda: f"{ACCT}-value" in scene.registry.subjects(), "a row of the table came", 30)
    scene.postgres.query("ALTER TABLE acct ADD COLUMN added int DEFAULT 7")
    scene.postgres.query("UPDATE acct SET added = 41 WHERE id IN (SELECT id FROM acct LIMIT 5)")
    wait_until(lambda: len(scene.registry.versions(f"{ACCT}-value")) == 2, "the schema's version", 30)


def away_in_between(scene: Scene) -> None:
    """Schemas that are known need no registry."""
    wait_until(lambda: len(scene.registry.subjects()) == SUBJECTS, "all tables have rows", 30)
    scene.gate.status = 503
    asked = len(scene.gate.requests)
    scene.wait_rows("the registry is out of order")
    require(len(scene.gate.requests) == asked, f"it is asked: {scene.gate.requests[asked:]}")
    scene.postgres.query("ALTER TABLE acct ADD COLUMN more text")
    scene.postgres.query("UPDATE acct SET more = 'x' WHERE id IN (SELECT id FROM acct LIMIT 5)")
    scene.wait_trouble("retrying", scene.gate.url, f"subject {ACCT}-value", "answers 503",
                       "so says the gate")
    scene.wait_rows("the other sink goes on", "rest")
    scene.gate.status = None
    wait_until(lambda: len(scene.registry.versions(f"{ACCT}-value")) == 3, "the schema's version", 40)
    scene.wait_rows("the registry is in order")


def refused(scene: Scene) -> None:
    """What was a number is a text: who has read by the old schema cannot."""
    scene.postgres.query("ALTER TABLE acct ALTER COLUMN added TYPE text")
    scene.postgres.query("UPDATE acct SET added = 'x' WHERE id IN (SELECT id FROM acct LIMIT 5)")
    said = scene.wait_trouble("failed", f"subject {ACCT}-value", "answers 409", "Incompatible",
                              "the schema does not fit the earlier ones of the subject")
    text = scene.status_text()
    require(said in text and "slotcast sink resume avro goes on" in text, f"status says: {text}")
    scene.wait_rows("the other sink goes on", "rest")
    scene.registry.set_compatibility("NONE")
    resumed = scene.daemon.command("sink", "resume", "avro")
    require(resumed.returncode == 0, f"resume: {resumed.stdout}{resumed.stderr}")
    scene.wait_rows("the registry takes it")


def deliver_rest(scene: Scene) -> None:
    scene.load.stop()
    require(PASSWORD not in scene.status_text() + (scene.daemon.http("/v1/status")[1]), "a secret")
    scene.daemon.stop()
    scene.daemon.drain()
    require(PASSWORD not in scene.daemon.stderr(), "stderr has a secret")


def without_unsent(table: str, text: Bytes) -> Bytes:
    """A record has all of a table's columns: what was not sent is a marker in a new row, and null in
    an old one."""
    if text is None:
        return None
    event = json.loads(text)
    if event["after"]:
        event["after"] = {name: value for name, value in event["after"].items() if value != MARKER}
    if event["before"] and table != "public.fullident":
        key = KEYS[table]
        rest = {name: value for name, value in event["before"].items() if name != key}
        require(set(rest.values()) <= {None}, f"{table}: an old row has more than its key: {rest}")
        event["before"] = {key: event["before"][key]}
    return json.dumps(event).encode()


def only_plain(change: history.Change) -> history.Change:
    if change.table != "public.types":
        return change
    values = {name: value for name, value in change.values.items() if name in PLAIN_TYPES}
    return history.Change(change.position, change.table, change.op, values, change.timestamp)


def compare_rows(scene: Scene) -> None:
    files = []
    topics = avro.read_topics(scene.server, scene.registry, [f"avro.{table}" for table in KEYS])
    for table in KEYS:
        topic = topics[f"avro.{table}"]
        messages = [dataclasses.replace(message, value=without_unsent(table, message.value))
                    for message in topic.messages]
        lines = [stage.Line(only_plain(line.change), line.place)
                 for line in debezium.events(table, messages, NUMERIC)]
        files.append(stage.StageFile(table, table, lines))
        if table == "public.acct":
            versions = [one["id"] for one in scene.registry.versions(f"{ACCT}-value")]
            require(topic.schemas == versions and len(versions) == 4,
                    f"its rows have schemas {topic.schemas}, the registry has {versions}")
    expected = {place: only_plain(change) for place, change in scene.oracle.read().items()}
    require(len(expected) > 300, f"the load made {len(expected)} changes")
    scene.case.counts["rows"] = compare.compare_rows("avro", files, expected)
    scene.case.counts["subjects"] = len(scene.registry.subjects())


def run(case: Case) -> None:
    scene = Scene(case)
    for step in (away_at_start, new_column, away_in_between, refused, deliver_rest, compare_rows):
        began = time.monotonic()
        step(scene)
        print(f"  {step.__name__}: {time.monotonic() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main(__doc__, run)
