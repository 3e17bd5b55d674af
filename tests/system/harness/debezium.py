"""Reads topics of Debezium's envelope, as JSON without schemas, into what the comparisons take."""

import datetime
import json
import typing

from . import history, stage
from .kafka import KafkaServer
from .kafka_messages import Message
from .processes import require


def read_rows(server: KafkaServer, prefix: str, tables: list[str],
              numeric: set[tuple[str, str]]) -> list[stage.StageFile]:
    """A file for each partition. `numeric`: columns whose values are texts of numbers there."""
    files = []
    for table in tables:
        partitions: dict[int, list[Message]] = {}
        for message in server.read_topic(prefix + table):
            partitions.setdefault(message.partition, []).append(message)
        for partition, messages in sorted(partitions.items()):
            lines = list(events(table, messages, numeric))
            files.append(stage.StageFile(f"{table}/{partition}", f"{table}/{partition}", lines))
    return files


def events(table: str, messages: list[Message],
           numeric: set[tuple[str, str]]) -> typing.Iterator[stage.Line]:
    """Tombstones are checked, and left out: one behind each delete that has a key."""
    awaited = None  # the key whose tombstone is next
    before: Message | None = None
    for message in messages:
        place = f"{table}/{message.partition}/{message.offset}"
        if message.value is None:
            require(awaited is not None and message.key == awaited, f"{place}: a tombstone of nothing")
            awaited = None
            continue
        require(awaited is None, f"{place}: a delete before it has no tombstone")
        event = history.parse_json(message.value.decode())
        if event["op"] == "d" and message.key is not None:
            awaited = message.key
        check_key_change(place, before, message, event)
        before = message if event["op"] == "d" else None
        yield stage.Line(change_of(table, event, numeric), place)
    require(awaited is None, f"{table}: the last delete has no tombstone")


def check_key_change(place: str, before: Message | None, message: Message, event: dict) -> None:
    """The delete names the key behind it, and the create the one before."""
    headers = dict(message.headers)
    if "__debezium.oldkey" not in headers:
        return
    require(event["op"] == "c", f"{place}: an old key at {event['op']}")
    if before is not None and before.partition == message.partition:
        names = dict(before.headers).get("__debezium.newkey")
        if names == message.key:
            require(headers["__debezium.oldkey"] == before.key, f"{place}: another old key")


def change_of(table: str, event: dict, numeric: set[tuple[str, str]]) -> history.Change:
    source = event["source"]
    values = dict(event.get("before" if event["op"] == "d" else "after") or {})
    for column, value in values.items():
        if (table, column) in numeric and value is not None:
            # Java's BigDecimal has none; Debezium writes its own name of it.
            values[column] = history.as_json("numeric", "NaN" if value == "NAN" else value)
    commit, seq = json.loads(source["sequence"])
    require(int(commit) == int(source["lsn"]), f"another lsn: {source}")
    require(f"{source['schema']}.{source['table']}" == table, f"another table: {source}")
    moment = datetime.datetime.fromtimestamp(0, datetime.UTC) + datetime.timedelta(
        microseconds=int(source["ts_us"]))
    return history.Change((int(commit), int(seq)), table, event["op"], values,
                          moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
