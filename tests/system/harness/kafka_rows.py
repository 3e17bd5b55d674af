"""Reads what a Kafka sink with format: json delivered, as the comparisons of stages take it."""

from . import history, kafka_messages, stage
from .kafka import KafkaServer
from .processes import require


def read_rows(server: KafkaServer, prefix: str) -> list[stage.StageFile]:
    """A file for each partition of the topics `prefix`schema.table: rows rise within it."""
    files = []
    for topic in sorted(server.topics()):
        if not topic.startswith(prefix):
            continue
        table = topic.removeprefix(prefix)
        partitions: dict[int, list[stage.Line]] = {}
        for message in server.read_topic(topic):
            partitions.setdefault(message.partition, []).append(line_of(topic, table, message))
        files += [stage.StageFile(f"{topic}/{partition}", f"{table}/{partition}", lines)
                  for partition, lines in sorted(partitions.items())]
    check_partitions(files)
    return files


def line_of(topic: str, table: str, message: kafka_messages.Message) -> stage.Line:
    place = f"{topic}/{message.partition}/{message.offset}"
    require(message.value is not None, f"{place}: no value")
    row = history.parse_json((message.value or b"").decode())
    position = (history.parse_lsn(row.pop("_lsn")), int(row.pop("_seq")))
    change = history.Change(position, table, row.pop("_op"), row, row.pop("_ts"))
    if message.key is not None:
        for name, value in history.parse_json(message.key.decode()).items():
            require(change.values.get(name) == value, f"{place}: the key is not the row's: {message.key!r}")
    return stage.Line(change, f"{place} key {message.key!r}")


def check_partitions(files: list[stage.StageFile]) -> None:
    """All rows of a key are in one partition."""
    homes: dict[tuple[str, str], str] = {}
    for file in files:
        for line in file.lines:
            key = (line.change.table, line.place.split(" key ")[1])
            home = homes.setdefault(key, file.name)
            require(home == file.name, f"{line.place}: the key is in {home}, too")
