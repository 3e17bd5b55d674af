"""What is in a topic, read without our program: by kcat, or by Kafka's own Java client."""

import base64
import dataclasses
import json
import subprocess

from . import processes

Bytes = bytes | None  # what Kafka calls null is not what is empty


@dataclasses.dataclass(frozen=True)
class Message:
    partition: int
    offset: int
    key: Bytes
    value: Bytes
    headers: list[tuple[str, Bytes]]
    timestamp_ms: int

    def header(self, name: str) -> Bytes:
        """Of the only header of that name."""
        values = [value for one, value in self.headers if one == name]
        processes.require(len(values) == 1, f"{len(values)} headers {name}: {self.headers}")
        return values[0]


def in_order(messages: list[Message]) -> list[Message]:
    return sorted(messages, key=lambda message: (message.partition, message.offset))


def read_with_kcat(settings: dict[str, str], topic: str, isolation: str = "read_committed",
                   patience_s: int = 10) -> list[Message]:
    """From the first message of each partition to its end. `settings` are librdkafka's. `patience_s`:
    how long it tries to reach a broker."""
    settings = {**settings, "isolation.level": isolation, "fetch.wait.max.ms": "10"}
    options = [word for name, value in settings.items() for word in ("-X", f"{name}={value}")]
    done = subprocess.run(
        [processes.need_program("kcat", "kcat"), "-C", "-t", topic, "-o", "beginning", "-e", "-J", "-m",
         str(patience_s), *options],
        stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=300)
    said = done.stderr.decode(errors="replace")
    processes.require(done.returncode == 0, f"kcat ended with {done.returncode}: {said}")
    return in_order([_of_kcat(line) for line in done.stdout.splitlines()])


def _of_kcat(line: bytes) -> Message:
    """kcat writes bytes that are no UTF-8 as they are into its JSON."""
    read = json.loads(line.decode(errors="surrogateescape"))
    headers = read.get("headers", [])  # name, value, name, value...
    return Message(read["partition"], read["offset"], _bytes(read["key"]), _bytes(read["payload"]),
                   [(name, _bytes(value)) for name, value in zip(headers[::2], headers[1::2])],
                   read["ts"])


def _bytes(text: str | None) -> Bytes:
    return None if text is None else text.encode(errors="surrogateescape")


def of_tool(read: dict) -> Message:
    """One of what the command "read" of tests/support/kafka/Tool.java answers."""
    return Message(read["partition"], read["offset"], decoded(read["key"]), decoded(read["value"]),
                   [(name, decoded(value)) for name, value in read["headers"]], read["timestamp"])


def decoded(text: str | None) -> Bytes:
    return None if text is None else base64.b64decode(text)


def encoded(value: Bytes) -> str | None:
    return None if value is None else base64.b64encode(value).decode()
