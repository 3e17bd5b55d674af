#!/usr/bin/python3
"""Messages that applications put into the stream come once and in their place, through kills and lost
connections; slotcast's own never do."""

import base64
import typing

from harness import history
from harness.case import Case, main
from harness.kafka import KafkaServer
from harness.postgres import Postgres
from harness.processes import require, wait_until
from harness.slotcast import Slotcast

ROUNDS = 6
STEPS = 40
Emitted = tuple[str, bytes]  # prefix and content
SINKS: dict[str, dict[str, typing.Any]] = {
    "some": {"format": "debezium", "debezium": {"messages": ["app", "audit.*"]}},
    "schema": {"format": "debezium", "debezium": {"messages": ["*"], "schema": True}},
    "none": {"format": "debezium"},
}


def kafka_sink(server: KafkaServer, name: str, begin: str) -> dict[str, typing.Any]:
    return {"kafka": {"brokers": [server.bootstrap()], "topic": name + ".{table}",
                      "topics": {"partitions": 1}, **SINKS[name]},
            "start": begin}


def emit(case: Case, postgres: Postgres, sent: list[tuple[str, Emitted | int]]) -> None:
    """Transactions of rows and messages, and messages of none; `sent` in the order of the stream."""
    choose = case.random
    for _ in range(STEPS):
        steps: list[tuple[str, Emitted | int]] = []
        statements = []
        for _ in range(choose.randrange(1, 4)):
            if choose.random() < 0.4:
                row = len(sent) * 10 + len(steps)
                steps.append(("row", row))
                statements.append(f"INSERT INTO t VALUES ({row})")
            else:
                prefix = choose.choice(["app", "apple", "audit.x", "audit.\"q\u00e9", "slotcast"])
                content = choose.randbytes(choose.choice([0, 1, 20, 5000]))
                steps.append(("message", (prefix, content)))
                statements.append(f"SELECT pg_logical_emit_message(true, '{prefix}',"
                                  f" '\\x{content.hex()}'::bytea)")
        postgres.query("BEGIN; " + "; ".join(statements) + "; COMMIT")
        sent.extend(steps)
        if choose.random() < 0.5:
            content = choose.randbytes(7)
            postgres.query(f"SELECT pg_logical_emit_message(false, 'app', '\\x{content.hex()}'::bytea)")
            sent.append(("lone", ("app", content)))
    # What is of no transaction is flushed, and then sent, with the next commit.
    postgres.query(f"INSERT INTO t VALUES ({-len(sent)})")
    sent.append(("row", -len(sent)))


def disturb(case: Case, daemon: Slotcast, postgres: Postgres) -> None:
    """The connection is lost, or the daemon is killed, somewhere in the stream."""
    daemon.run_for(case.random.random() / 2)
    if case.random.random() < 0.5:
        postgres.query("SELECT pg_terminate_backend(pid) FROM pg_stat_replication")
    else:
        daemon.kill()
        daemon.start()
        daemon.wait_ready()


def event_of(text: bytes | None) -> dict:
    event = history.parse_json((text or b"").decode())
    return event.get("payload", event)


def check_sink(server: KafkaServer, name: str, sent: list[tuple[str, Emitted | int]],
               wants: typing.Callable[[str], bool]) -> int:
    """Of all topics of the sink together, by the place in the stream that each event says."""
    wanted = [what for kind, what in sent if kind != "row" and wants(typing.cast(Emitted, what)[0])]
    found, places = [], []
    # Both sinks write to the topic that is named after the pipeline.
    for message in server.read_topic("test.message"):
        is_schema = b'"schema":{' in (message.value or b"")[:12]
        if is_schema != (name == "schema"):
            continue
        event = event_of(message.value)
        require(event["op"] == "m" and event_of(message.key) == {"prefix": event["message"]["prefix"]},
                f"{name}: {message.key!r} of {event}")
        said = event["message"]
        found.append((said["prefix"], base64.b64decode(said["content"])))
        places.append((int(event["source"]["lsn"]), event["source"]["txId"]))
    require(found == wanted, f"{name}: {len(found)} messages, sent were {len(wanted)}")
    require([lsn for lsn, _ in places] == sorted(lsn for lsn, _ in places), f"{name}: out of order")
    return len(found)


def check_order(server: KafkaServer, sent: list[tuple[str, Emitted | int]]) -> None:
    """Rows and messages of the sink that takes all, merged by (lsn, seq), are as they were sent."""
    events: list[tuple[tuple[int, int], tuple[str, Emitted | int]]] = []
    for topic in ("schema.t", "test.message"):
        for message in server.read_topic(topic):
            if b'"schema":{' not in (message.value or b"")[:12]:
                continue
            event = event_of(message.value)
            lsn, seq = (int(one) for one in history.parse_json(event["source"]["sequence"]))
            require((event["source"]["txId"] is None) == (event["op"] == "m" and seq == 1
                    and "lone" == kind_of(event, sent)), f"another txId: {event['source']}")
            what: tuple[str, Emitted | int] = ("row", int(event["after"]["id"])) if event["op"] == "c" else (
                kind_of(event, sent), emitted_of(event))
            events.append(((lsn, seq), what))
    require(len({place for place, _ in events}) == len(events), "two of one place")
    merged = [what for _, what in sorted(events, key=lambda one: one[0])]
    expected = [one for one in sent if one[0] == "row" or typing.cast(Emitted, one[1])[0] != "slotcast"]
    require(merged == expected, f"another order: {len(merged)} events, sent were {len(expected)}")


def check_connect(server: KafkaServer) -> None:
    """Kafka Connect's own converter reads what brings its schema."""
    for part in ("key", "value"):
        texts = [message.key if part == "key" else message.value
                 for message in server.read_topic("test.message")
                 if (message.value or b"").startswith(b'{"schema":{')]
        encoded = [base64.b64encode(text or b"").decode() for text in texts]
        read = server.tool("connect_json", messages=encoded, part=part,
                           settings={"schemas.enable": "true"})
        for text, one in zip(texts, read):
            require("refused" not in one and "Struct" in one["value"], f"{part}: {text!r}: {one}")


def emitted_of(event: dict) -> Emitted:
    return event["message"]["prefix"], base64.b64decode(event["message"]["content"])


def kind_of(event: dict, sent: list[tuple[str, Emitted | int]]) -> str:
    """Whether it was sent outside of a transaction: no two of those are the same."""
    if event["op"] == "m" and ("lone", emitted_of(event)) in sent:
        return "lone"
    return "message" if event["op"] == "m" else "row"


def run(case: Case) -> None:
    server = KafkaServer(case.directory / "kafka")
    case.on_cleanup(server.cleanup)
    server.start()
    postgres = case.postgres(with_tables=False)
    postgres.query("CREATE TABLE t (id int PRIMARY KEY)")
    daemon = case.slotcast(postgres.uri())
    for name in SINKS:
        daemon.config["sinks"][name] = kafka_sink(server, name, "now")
        daemon.config["routes"].append({"from": "public.*", "to": [name]})
    daemon.start()
    daemon.wait_ready()
    sent: list[tuple[str, Emitted | int]] = []
    for _ in range(ROUNDS):
        emit(case, postgres, sent)
        disturb(case, daemon, postgres)
    # A sink that comes later has its rows read between messages of slotcast's own.
    daemon.stop()
    daemon.add_sink("late", begin="snapshot")
    daemon.start()
    daemon.wait_ready()
    wait_until(lambda: any(daemon.stages["late"].rglob("*.jsonl")), "the late sink gets no rows", 60)
    emit(case, postgres, sent)
    daemon.stop()
    daemon.drain()
    case.counts["some"] = check_sink(server, "some", sent,
                                     lambda prefix: prefix == "app" or prefix.startswith("audit."))
    case.counts["all"] = check_sink(server, "schema", sent, lambda prefix: prefix != "slotcast")
    check_order(server, sent)
    check_connect(server)
    require("test.message" in server.topics() and "none.message" not in server.topics(), "topics")


if __name__ == "__main__":
    main(__doc__, run)
