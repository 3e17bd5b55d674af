#!/usr/bin/python3
"""What a Kafka sink writes is what was committed, in each format, and Kafka Connect can read it."""

import base64
import typing

from harness import compare, debezium, history, kafka_rows
from harness.case import Case, main
from harness.kafka import KafkaServer
from harness.oracle import Oracle
from harness.processes import require
from harness.slotcast import Slotcast
from harness.workload import KEYS

LOAD_S = 4
# Of the other one each type has a text of its own in each format; Connect reads it, too.
TABLES = [table for table in KEYS if table != "public.types"]
NUMERIC = {("public.fullident", "b")}
SINKS: dict[str, dict[str, typing.Any]] = {
    "plain": {"format": "debezium", "decimal": "string", "topics": {"partitions": 3},
              "debezium": {"transactions": True}},
    "schema": {"format": "debezium", "decimal": "string", "debezium": {"schema": True}},
    "json": {"format": "json", "headers": ["_op", "_lsn", "_seq", "_ts", "_xid", "_schema", "_table"],
             "transactions": "off", "partition": "table", "topics": {"partitions": 5}},
    "canal": {"format": "canal"},
}


def configure(case: Case, server: KafkaServer, uri: str) -> Slotcast:
    daemon = case.slotcast(uri)
    for name, settings in SINKS.items():
        daemon.config["sinks"][name] = {
            "kafka": {"brokers": [server.bootstrap()], "topic": name + ".{schema}.{table}", **settings},
            "start": "now"}
        daemon.config["routes"].append({"from": "public.*", "to": [name]})
    return daemon


def check_connect(server: KafkaServer, table: str) -> int:
    """Kafka Connect's own converter takes every key and value, and makes rows of them."""
    messages = server.read_topic(f"schema.{table}")
    settings = {"schemas.enable": "true"}

    def converted(part: str, texts: list[bytes | None]) -> list[dict]:
        encoded = [None if text is None else base64.b64encode(text).decode() for text in texts]
        return server.tool("connect_json", messages=encoded, part=part, settings=settings)

    keys = converted("key", [message.key for message in messages])
    values = converted("value", [message.value for message in messages])
    for message, key, value in zip(messages, keys, values):
        place = f"{table}/{message.offset}: {message.value!r}"
        require("refused" not in key and "refused" not in value, f"{place}: {key} {value}")
        require((message.value is None) == (value["value"] is None), f"{place}: {value}")
        if message.value is None:
            continue
        payload = history.parse_json(message.value.decode())["payload"]
        fields = value["value"]["Struct"]
        require(fields["op"] == {"String": payload["op"]}, f"{place}: {fields['op']}")
        for side in ("before", "after"):
            has_row = payload.get(side) is not None
            require(has_row == (fields[side] is not None), f"{place}: {side}: {fields[side]}")
    return len(messages)


def check_transactions(server: KafkaServer, expected: history.History) -> int:
    """Each transaction begins and ends once, and counts its changes, all and by table."""
    wanted: dict[int, dict[str, int]] = {}
    for (lsn, _), change in expected.items():
        counts = wanted.setdefault(lsn, {})
        counts[change.table] = counts.get(change.table, 0) + 1
    begun, ended = [], {}
    for message in server.read_topic("test.transaction"):
        event = history.parse_json((message.value or b"").decode())
        lsn = int(event["id"].split(":")[1])
        if event["status"] == "BEGIN":
            begun.append(lsn)
            continue
        require(begun[-1] == lsn, f"the end of {event['id']} is not behind its beginning")
        counts = {one["data_collection"]: int(one["event_count"]) for one in event["data_collections"]}
        require(sum(counts.values()) == int(event["event_count"]), f"another sum: {event}")
        ended[lsn] = counts
    require(begun == sorted(wanted), "another list of transactions has begun")
    require(ended == wanted, "transactions count other changes")
    return len(begun)


def check_headers(server: KafkaServer, table: str) -> None:
    for message in server.read_topic(f"json.{table}"):
        row = history.parse_json((message.value or b"").decode())
        said = {name: value.decode() for name, value in message.headers if value is not None}
        for name in ("_op", "_lsn", "_ts"):
            require(said[name] == row[name], f"{table}: header {name}: {said} beside {row}")
        require(int(said["_seq"]) == int(row["_seq"]), f"{table}: header _seq: {said}")
        require(f"{said['_schema']}.{said['_table']}" == table and int(said["_xid"]) > 0, f"{said}")


def check_canal(server: KafkaServer, table: str, expected: history.History) -> int:
    """Its rows have no place in the log: as many of each kind, in a table's order."""
    kinds = {"c": "INSERT", "u": "UPDATE", "d": "DELETE", "t": "TRUNCATE"}
    wanted = [kinds[change.op] for _, change in sorted(expected.items()) if change.table == table]
    found = [history.parse_json((message.value or b"").decode())["type"]
             for message in server.read_topic(f"canal.{table}")]
    require(found == wanted, f"{table}: {len(found)} rows of Canal's, wanted {len(wanted)}")
    return len(found)


def run(case: Case) -> None:
    server = KafkaServer(case.directory / "kafka")
    case.on_cleanup(server.cleanup)
    server.start()
    postgres = case.postgres()
    oracle = Oracle(postgres)
    daemon = configure(case, server, postgres.uri())
    daemon.start()
    daemon.wait_ready()
    load = case.workload(postgres, rows_per_second=400)
    load.start()
    daemon.run_for(LOAD_S)
    load.stop()
    daemon.stop()
    daemon.drain()
    whole = oracle.read()
    expected = {place: change for place, change in whole.items() if change.table in TABLES}
    keys = {table: KEYS[table] for table in TABLES}
    for name, files in (("plain", debezium.read_rows(server, "plain.", TABLES, NUMERIC)),
                        ("json", [file for file in kafka_rows.read_rows(server, "json.")
                                  if not file.table.startswith("public.types")])):
        case.counts[name] = compare.compare_rows(name, files, expected)
        for file in files:
            file.table = file.table.split("/", maxsplit=1)[0]
        compare.compare_state(name, files, postgres, keys)
    case.counts["transactions"] = check_transactions(server, whole)
    for table in KEYS:
        case.counts[f"read by Connect, {table}"] = check_connect(server, table)
        check_headers(server, table)
        check_canal(server, table, whole)


if __name__ == "__main__":
    main(__doc__, run)
