"""Reads topics of Avro with fastavro, by the schemas that a registry has, as messages of JSON."""

import dataclasses
import json
import pathlib
import struct
import subprocess
import tempfile

from .kafka import KafkaServer
from .kafka_messages import Bytes, Message
from .kafka_tool import SOURCES, script
from .processes import require
from .schema_registry import SchemaRegistry

TESTS = SOURCES.parents[1]
INSTALL = TESTS.parent / "dev/fastavro.sh"
READER = TESTS / "connectors/kafka/format/read_avro.py"


@dataclasses.dataclass
class Topic:
    """Its messages as JSON, and the schemas they were written by, each once, in order."""

    messages: list[Message]
    schemas: list[int]


def number_of(data: bytes) -> int:
    """Of the schema: it stands behind a zero."""
    require(len(data) >= 5 and data[0] == 0, f"not Confluent's wire format: {data[:20]!r}")
    return struct.unpack(">I", data[1:5])[0]


def decode(registry: SchemaRegistry, texts: list[bytes]) -> list[bytes]:
    """The same as JSON."""
    numbers = {number_of(text) for text in texts}
    with tempfile.TemporaryDirectory() as folder:
        schemas, messages = pathlib.Path(folder, "schemas"), pathlib.Path(folder, "messages")
        # A line for each number from 1; what nobody refers to may be any.
        schemas.write_text("".join(
            json.dumps(json.loads(registry.schema(number)) if number in numbers else "null") + "\n"
            for number in range(1, max(numbers, default=0) + 1)))
        messages.write_text("".join(text.hex() + "\n" for text in texts))
        done = subprocess.run([*script(INSTALL)[-1:], READER, schemas, messages], capture_output=True,
                              check=False)
    require(done.returncode == 0, f"fastavro: {done.stderr.decode()[-2000:]}")
    lines = done.stdout.splitlines()
    require(len(lines) == len(texts), f"fastavro read {len(lines)} of {len(texts)}")
    return lines


def check_schemas(registry: SchemaRegistry, topic: str, messages: list[Message]) -> None:
    """Those of keys and values are of the subjects <topic>-key and <topic>-value."""
    for part in ("key", "value"):
        used = {number_of(data) for data in (getattr(message, part) for message in messages)
                if data is not None}
        known = {one["id"] for one in registry.versions(f"{topic}-{part}")} if used else set()
        require(used <= known, f"{topic}: schemas {used} of each {part}, the subject has {known}")


def read_topics(server: KafkaServer, registry: SchemaRegistry, topics: list[str]) -> dict[str, Topic]:
    """Decodes keys, values and headers: all that is not null."""
    read = {topic: server.read_topic_with_java(topic) for topic in topics}
    parts: list[Bytes] = []
    for topic, messages in read.items():
        check_schemas(registry, topic, messages)
        for message in messages:
            parts += [message.key, message.value, *(value for _, value in message.headers)]
    decoded = iter(decode(registry, [part for part in parts if part is not None]))

    def following(part: Bytes) -> Bytes:
        return None if part is None else next(decoded)

    def as_json(message: Message) -> Message:
        return dataclasses.replace(
            message, key=following(message.key), value=following(message.value),
            headers=[(name, following(value)) for name, value in message.headers])

    return {topic: Topic(
        [as_json(message) for message in messages],
        list(dict.fromkeys(number_of(message.value) for message in messages if message.value is not None))
    ) for topic, messages in read.items()}
