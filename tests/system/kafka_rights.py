#!/usr/bin/python3
"""Whoever lacks one right at the brokers is told which, on which topic, by check --live as far as that
can be asked without writing, and by the sink that runs; it goes on by itself when the right is
granted. check --live says of topics and settings what would stand in the way, and changes nothing."""

import dataclasses
import json
import typing

from harness import kafka_access, kafka_sink
from harness.case import Case, main
from harness.kafka import KafkaServer
from harness.kafka_access import Access
from harness.processes import require, wait_until
from harness.slotcast import Slotcast

REFUSED = 78
TABLES = """
CREATE TABLE t (id int PRIMARY KEY, note text);
CREATE TABLE "t%" (id int PRIMARY KEY);
CREATE TABLE "t$" (id int PRIMARY KEY);
"""
Rule = tuple[str, str, str]  # resource, name, operation


@dataclasses.dataclass
class Person:
    """Of a sink of the same name, which lacks these rights."""

    lacks: tuple[str, ...]
    said: str  # by the sink; empty: it delivers all the same
    said_live: str = ""  # by check --live; empty: it cannot know
    kafka: dict[str, typing.Any] = dataclasses.field(default_factory=dict)
    has_topics: bool = True


WRITE = "we may not write to it: grant Write on it"
IDEMPOTENTLY = "we may not write idempotently: grant Write on the topics"
PROGRESS, ROWS = "topic slotcast-progress-rights-{}", "topic {}.public.t"
PEOPLE = {
    "everything": Person((), ""),
    "no_write": Person(("write",), ROWS + ": " + WRITE),
    "no_describe": Person(("write", "describe", "configs"), ROWS + ": we may not see it, if it is there: "
                          "grant Describe on it", ROWS + ": we may not see it"),
    "no_configs": Person(("configs", "progress_configs"), ""),
    "no_progress_write": Person(("progress_write",), PROGRESS + ": " + WRITE),
    "no_progress_read": Person(("progress_read",), PROGRESS + ": we may not read it: grant Read on it",
                               PROGRESS + ": we may not read it"),
    "no_id": Person(("id",), "we may not use transactional id slotcast-rights-{}: grant Write on it"),
    "no_create": Person(("create",), PROGRESS + " is not there, and we may not make it: make it, or grant "
                        "Create on it", PROGRESS + " is not there, and we may not make it",
                        has_topics=False),
    "makes_topics": Person((), "", has_topics=False),
    "off": Person(("id", "progress_write", "progress_read"), "", kafka={"transactions": "off"}),
    # Who may write to any topic may write idempotently.
    "off_no_write": Person(("write", "progress_write"), IDEMPOTENTLY, IDEMPOTENTLY,
                           kafka={"transactions": "off"}),
}


def rules_of(name: str) -> dict[str, Rule]:
    progress, rows = PROGRESS.format(name).split()[1], ROWS.format(name).split()[1]
    return {
        "describe": ("TOPIC", rows, "DESCRIBE"), "write": ("TOPIC", rows, "WRITE"),
        "configs": ("TOPIC", rows, "DESCRIBE_CONFIGS"), "progress_write": ("TOPIC", progress, "WRITE"),
        "progress_read": ("TOPIC", progress, "READ"),
        "progress_configs": ("TOPIC", progress, "DESCRIBE_CONFIGS"),
        "id": ("TRANSACTIONAL_ID", f"slotcast-rights-{name}", "WRITE"),
        "create": ("CLUSTER", "kafka-cluster", "CREATE")}


class Scene:
    def __init__(self, case: Case):
        self.case = case
        self.postgres = case.postgres(with_tables=False)
        self.postgres.query(TABLES)
        access = Access(case.directory / "tls", ("SASL_PLAINTEXT",), rules=True)
        self.server = KafkaServer(case.directory / "kafka", access=access,
                                  properties={"transaction.max.timeout.ms": "120000"})
        case.on_cleanup(self.server.cleanup)
        self.server.start()

    def daemon(self, name: str) -> Slotcast:
        daemon = self.case.slotcast(self.postgres.uri(), name)
        daemon.variables = {"TEST_PASSWORD": kafka_access.PASSWORD}
        return daemon

    def show(self, said: str) -> None:
        if self.case.arguments.show:
            print(said)

    def check_live(self, daemon: Slotcast, code: int) -> str:
        """What it says. It may have changed nothing."""
        daemon.write_config()
        before = self.everything()
        done = daemon.command("check", "--live")
        said = done.stdout + done.stderr
        self.show(said)
        require(done.returncode == code, f"check --live ended with {done.returncode}: {said}")
        require(done.stderr == "", f"librdkafka's own lines are shown:\n{done.stderr}")
        after = self.everything()
        require(after == before, f"something has changed: {before}, then {after}")
        kafka_sink.check_secrets(said, kafka_access.PASSWORD)
        return said

    def check_rows(self, sink: str, wanted: list[tuple[int, str | None]]) -> None:
        found = [json.loads(message.value or b"") for message in
                 self.server.read_topic(f"{sink}.public.t")]
        rows = [(row["id"], row["note"]) for row in found]
        require(rows == wanted, f"sink {sink} has {rows}, not {wanted}")

    def everything(self) -> list[object]:
        topics = [topic for topic in self.server.topics() if not topic.startswith("__")]
        return [(topic, self.server.offsets(topic), self.server.describe_topic(topic))
                for topic in topics] + [sorted(self.server.transactions())]


def add_people(scene: Scene, daemon: Slotcast) -> None:
    for name, person in PEOPLE.items():
        kafka_sink.add(daemon, name, [scene.server.bootstrap("SASL_PLAINTEXT")], "public.t",
                       answer_timeout="5s", **person.kafka, sasl={
                           "mechanism": "SCRAM-SHA-256", "username": name,
                           "password": "${env:TEST_PASSWORD}"})
        scene.server.tool("set_password", user=name, password=kafka_access.PASSWORD)
        if person.has_topics:
            scene.server.create_topic(kafka_sink.progress_topic(daemon, name), cleanup_policy="compact")
            scene.server.create_topic(f"{name}.public.t")
        for right, rule in rules_of(name).items():
            if right not in person.lacks and (right != "create" or not person.has_topics):
                scene.server.allow(name, *rule)


def people(scene: Scene) -> None:
    daemon = scene.daemon("rights")
    add_people(scene, daemon)
    said = scene.check_live(daemon, REFUSED)
    for name, person in PEOPLE.items():
        if person.said_live:
            kafka_sink.check_report(said, name, person.said_live.format(name))
        else:
            require(f"ERROR sink {name}: " not in kafka_sink.words_of(said),
                    f"of {name} more is said:\n{said}")
    kafka_sink.check_report(said, "no_configs", "the settings of topic no_configs.public.t may not be seen",
                            "warning")
    kafka_sink.check_report(said, "no_id", "whether we may write shows only when we do: Write on 1 topic, on "
                            "topic slotcast-progress-rights-no_id and on transactional id "
                            "slotcast-rights-no_id", "note")

    daemon.start()
    wait_until(lambda: daemon.capture().get("state") == "streaming", "capture runs")
    scene.postgres.query("INSERT INTO t VALUES (1, 'one')")
    for name, person in PEOPLE.items():
        if person.said:
            kafka_sink.wait_said(daemon, name, person.said.format(name))
        else:
            kafka_sink.wait_delivered(daemon, [name])
    for name, person in PEOPLE.items():
        for right in person.lacks if person.said else ():
            scene.server.allow(name, *rules_of(name)[right])
    scene.postgres.query("INSERT INTO t VALUES (2, 'two')")
    kafka_sink.wait_delivered(daemon, PEOPLE)
    for name in PEOPLE:
        scene.check_rows(name, [(1, "one"), (2, "two")])
    scene.show(daemon.stderr())
    kafka_sink.check_secrets(kafka_sink.said_by_all(daemon), kafka_access.PASSWORD)
    daemon.stop()
    scene.case.counts["people"] = len(PEOPLE)


# Settings of a sink, what check --live says, and how the sink stands when it runs.
WRONG: dict[str, tuple[dict[str, typing.Any], str, str]] = {
    "wide": ({}, "topic slotcast-progress-wrong-wide keeps what is delivered and must have one partition; "
                 "it has 2", "failed"),
    "forgets": ({}, "topic slotcast-progress-wrong-forgets keeps what is delivered and must have "
                    "cleanup.policy=compact; it has delete", "failed"),
    "absent": ({"topics": {"create": False}}, "topic absent.public.t is not there: make it, or set "
                                              "topics.create", "retrying"),
    "no_progress": ({"topics": {"create": False}}, "topic slotcast-progress-wrong-no_progress keeps what "
                    "is delivered, and is not there: make it with one partition", "retrying"),
    "patient": ({"transaction_timeout": "10m"}, "transaction_timeout is above the brokers' "
                                                "transaction.max.timeout.ms", "failed"),
    "odd_config": ({"topics": {"config": {"retention.ms": "soon"}}}, "making a topic: topic "
                   "odd_config.public.t: Invalid value soon for configuration retention.ms", "failed"),
    "replicated": ({"topics": {"replication": 3}}, "making a topic: topic "
                   "slotcast-progress-wrong-replicated: ", "retrying"),
    "own": ({"topic": "slotcast-progress-wrong-own"}, "table public.t would go to topic "
            "slotcast-progress-wrong-own, which is for what is delivered alone", "failed"),
}
MEET = ("tables public.t$ and public.t% would meet in topic meet.public.t_: give one another target name "
        "in its route")


def wrong(scene: Scene) -> None:
    daemon = scene.daemon("wrong")
    for name, (settings, _, _) in WRONG.items():
        kafka_sink.add(daemon, name, [scene.server.bootstrap()], "public.t", answer_timeout="5s", **settings)
    kafka_sink.add(daemon, "meet", [scene.server.bootstrap()], "public.t?")
    scene.server.create_topic("slotcast-progress-wrong-wide", 2, cleanup_policy="compact")
    scene.server.create_topic("slotcast-progress-wrong-forgets")
    scene.server.create_topic("slotcast-progress-wrong-absent", cleanup_policy="compact")
    scene.server.create_topic("no_progress.public.t")
    said = scene.check_live(daemon, REFUSED)
    for name, (_, phrase, _) in WRONG.items():
        kafka_sink.check_report(said, name, phrase)
    kafka_sink.check_report(said, "meet", MEET)
    daemon.start()
    wait_until(lambda: daemon.capture().get("state") == "streaming", "capture runs")
    scene.postgres.query('INSERT INTO t VALUES (3); INSERT INTO "t$" VALUES (1); INSERT INTO "t%" VALUES (1)')
    for name, (_, phrase, state) in WRONG.items():
        kafka_sink.wait_said(daemon, name, phrase, state)
    kafka_sink.wait_said(daemon, "meet", MEET, "failed")
    scene.show(daemon.stderr())
    # What is mended at the brokers needs no word here; a sink that had stopped needs one.
    scene.server.create_topic("absent.public.t")
    scene.server.create_topic("slotcast-progress-wrong-no_progress", cleanup_policy="compact")
    kafka_sink.wait_delivered(daemon, ["absent", "no_progress"])
    scene.server.alter_topic("slotcast-progress-wrong-forgets", cleanup_policy="compact")
    done = daemon.command("sink", "resume", "forgets")
    require(done.returncode == 0, f"resume: {done.stdout}{done.stderr}")
    kafka_sink.wait_delivered(daemon, ["forgets"])
    for name in ("absent", "no_progress", "forgets"):
        scene.check_rows(name, [(3, None)])
    daemon.kill()
    scene.case.counts["wrong settings"] = len(WRONG) + 1


def run(case: Case) -> None:
    scene = Scene(case)
    people(scene)
    wrong(scene)


def extend(parser) -> None:
    parser.add_argument("--show", action="store_true", help="prints what is said")


if __name__ == "__main__":
    main(__doc__, run, extend)
