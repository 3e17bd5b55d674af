#!/usr/bin/python3
"""Keys of the configuration's own, in each format: what a compacted topic keeps is the table, also when
columns of the key change; and who cannot have that is told."""

import typing

from harness import history
from harness.case import Case, main
from harness.kafka import KafkaServer
from harness.kafka_messages import Message
from harness.postgres import Postgres
from harness.processes import require
from harness.slotcast import Slotcast

TABLES = """
CREATE TABLE item (id int PRIMARY KEY, name text NOT NULL UNIQUE, note text NOT NULL);
ALTER TABLE item REPLICA IDENTITY FULL;
CREATE TABLE terse (id int PRIMARY KEY, name text NOT NULL);
"""
CHANGES = 400
KEYS = {"public.item": ["name"], "public.terse": ["name"]}
SINKS: dict[str, dict[str, typing.Any]] = {
    "events": {"format": "debezium", "topics": {"partitions": 3}},
    "schema": {"format": "debezium", "topics": {"partitions": 3}, "debezium": {"schema": True}},
    "flat": {"format": "json", "topics": {"partitions": 3}},
    "column": {"format": "json", "partition": "column", "partition_column": "name",
               "topics": {"partitions": 5}},
    "canal": {"format": "canal", "topics": {"partitions": 3}},
}
HAZARD = "sink {}: table public.terse: column name is part of the messages' key"
REMEDY = "REPLICA IDENTITY FULL makes it send it"


def configure(case: Case, server: KafkaServer, uri: str) -> Slotcast:
    daemon = case.slotcast(uri)
    for name, settings in SINKS.items():
        daemon.config["sinks"][name] = {
            "kafka": {"brokers": [server.bootstrap()], "topic": name + ".{table}", "keys": KEYS,
                      "headers": ["_op"], **settings},
            "start": "now"}
        daemon.config["routes"].append({"from": "public.*", "to": [name]})
    return daemon


def change(case: Case, postgres: Postgres) -> None:
    """Rows change their names, their ids, both, or neither; names come back under other rows."""
    choose = case.random
    for step in range(CHANGES):
        name, row = f"n{choose.randrange(40)}", choose.randrange(30)
        free = f"NOT EXISTS (SELECT 1 FROM item WHERE name = '{name}')"
        statement = choose.choice([
            f"INSERT INTO item SELECT {row}, '{name}', 'new' WHERE {free} ON CONFLICT DO NOTHING",
            f"UPDATE item SET name = '{name}', note = 's{step}' WHERE id = {row} AND {free}",
            f"UPDATE item SET note = 's{step}' WHERE id = {row}",
            f"UPDATE item SET id = id + 100, name = '{name}' WHERE id = {row} AND {free}"
            f" AND NOT EXISTS (SELECT 1 FROM item WHERE id = {row + 100})",
            f"UPDATE item SET id = id - 100 WHERE id = {row + 100}"
            f" AND NOT EXISTS (SELECT 1 FROM item WHERE id = {row})",
            f"DELETE FROM item WHERE id = {row + choose.choice([0, 100])}"])
        postgres.query(statement)


def row_of_event(event: dict) -> tuple[str, dict | None]:
    event = event.get("payload", event)
    return event["op"], event["after"]


def row_of_flat(row: dict) -> tuple[str, dict | None]:
    return row["_op"], None if row["_op"] == "d" else row


def row_of_canal(message: dict) -> tuple[str, dict | None]:
    op = {"INSERT": "c", "UPDATE": "u", "DELETE": "d"}[message["type"]]
    return op, None if op == "d" else message["data"][0]


def compacted(messages: list[Message]) -> list[Message]:
    """What compaction keeps: the last of each key in each partition, in their order."""
    last = {(message.partition, message.key): message for message in messages}
    return list(last.values())


def check_topic(name: str, messages: list[Message], table: dict[str, tuple[int, str]]) -> int:
    read = {"canal": row_of_canal, "events": row_of_event, "schema": row_of_event}.get(name, row_of_flat)
    for message in messages:
        if message.value is None:
            require(message.header("_op") == b"d", f"{name}: a tombstone with {message.headers}")
            continue
        op, _ = read(history.parse_json(message.value.decode()))
        require(message.header("_op") == op.encode(), f"{name}: {op} with {message.headers}")
    found: dict[str, tuple[int, str]] = {}
    for message in compacted(messages):
        if message.value is None:
            continue
        _, row = read(history.parse_json(message.value.decode()))
        if row is None:
            require(name not in ("events", "schema"), f"{name}: no tombstone behind {message.value!r}")
            continue
        key = history.parse_json((message.key or b"").decode())
        require(key.get("payload", key) == {"name": row["name"]}, f"{name}: {message.key!r} of {row}")
        require(row["name"] not in found, f"{name}: {row['name']} stands in two partitions")
        found[row["name"]] = (int(row["id"]), row["note"])
    require(found == table, f"{name}: kept are {found}, the table has {table}")
    return len(messages)


def said_live(daemon: Slotcast) -> str:
    done = daemon.command("check", "--live")
    return " ".join((done.stdout + done.stderr).split())


def check_hazard(daemon: Slotcast, postgres: Postgres) -> None:
    """Of the table whose old rows are not sent, in the report and when its first row comes."""
    said = said_live(daemon)
    for name in SINKS:
        require(HAZARD.format(name) in said and REMEDY in said, f"{name} is not told of:\n{said}")
        require(daemon.stderr().count(HAZARD.format(name)) == 1, daemon.last_words())
    require("public.item: column" not in said + daemon.stderr(), f"item is well:\n{said}")
    postgres.query("ALTER TABLE terse REPLICA IDENTITY FULL")
    said = said_live(daemon)
    require("part of the messages' key" not in said, f"it is remedied:\n{said}")


def run(case: Case) -> None:
    server = KafkaServer(case.directory / "kafka")
    case.on_cleanup(server.cleanup)
    server.start()
    postgres = case.postgres(with_tables=False)
    postgres.query(TABLES)
    daemon = configure(case, server, postgres.uri())
    daemon.start()
    daemon.wait_ready()
    postgres.query("INSERT INTO terse VALUES (1, 'a'), (2, 'b')")
    change(case, postgres)
    daemon.stop()
    daemon.drain()
    table = {name: (number, note) for number, name, note in postgres.query("SELECT * FROM item")}
    for name in SINKS:
        case.counts[f"messages, {name}"] = check_topic(name, server.read_topic(f"{name}.item"), table)
    case.counts["rows"] = len(table)
    check_hazard(daemon, postgres)


if __name__ == "__main__":
    main(__doc__, run)
