"""A proxy in front of a broker that refuses messages for a moment, as a leader does that has just begun,
and lets those behind them pass. The broker itself never sees what was refused."""

import random
import socket
import struct
import threading
import time

from .relay import Relay, read_exactly

PRODUCE = 0
NOT_LEADER = 6
# For what is behind to arrive.
PATIENCE_S = 0.03
HEAD_START_S = 0.002
Partition = tuple[str, int]


class Reader:
    def __init__(self, data: bytes):
        self._data = data
        self._at = 0

    def number(self, form: str) -> int:
        (value,) = struct.unpack_from(">" + form, self._data, self._at)
        self._at += struct.calcsize(form)
        return value

    def text(self) -> str:
        size = max(0, self.number("h"))
        self._at += size
        return self._data[self._at - size:self._at].decode()


class Refuser(Relay):
    """Refuses the first messages for each partition, and any others with `chance`, at the moment when those
    behind them arrive: the refusal is there before the answer to these, as from a busy broker.

    The broker must advertise this port. Source: Kafka's protocol guide, Produce, versions 5 to 7.
    """

    def __init__(self, broker_port: int, port: int, chance: float, seed: int):
        self.refused = 0
        self._chance = chance
        self._random = random.Random(seed)
        self._known: set[Partition] = set()
        self._followed: dict[Partition, threading.Event] = {}
        super().__init__(broker_port, port)

    def serve(self, client: socket.socket) -> None:
        answers = threading.Lock()
        with self.dial() as broker:
            threading.Thread(target=self._down, args=(client, broker, answers), daemon=True).start()
            while True:
                head = read_exactly(client, 4)
                body = read_exactly(client, *struct.unpack(">i", head))
                refusal = self._refusal(body)
                if refusal is None:
                    broker.sendall(head + body)
                else:
                    threading.Thread(target=answer, args=(client, *refusal, answers), daemon=True).start()

    @staticmethod
    def _down(client: socket.socket, broker: socket.socket, answers: threading.Lock) -> None:
        try:
            while True:
                head = read_exactly(broker, 4)
                body = read_exactly(broker, *struct.unpack(">i", head))
                with answers:
                    client.sendall(head + body)
        except OSError:
            client.close()

    def _refusal(self, request: bytes) -> tuple[bytes, threading.Event] | None:
        reader = Reader(request)
        if reader.number("h") != PRODUCE:
            return None
        version, correlation = reader.number("h"), reader.number("i")
        if not 5 <= version <= 7:
            raise AssertionError(f"Produce in version {version}")
        reader.text()  # client
        reader.text()  # transactional id
        reader.number("h")  # acks
        reader.number("i")  # timeout
        topics, topic, partitions = reader.number("i"), reader.text(), reader.number("i")
        if (topics, partitions) != (1, 1):
            raise AssertionError("Produce for several partitions")
        partition = (topic, reader.number("i"))
        if followed := self._followed.pop(partition, None):
            followed.set()
            time.sleep(HEAD_START_S)
        is_first = partition not in self._known
        self._known.add(partition)
        if not is_first and self._random.random() >= self._chance:
            return None
        self.refused += 1
        name = topic.encode()
        text = struct.pack(f">iih{len(name)}siihqqqi", correlation, 1, len(name), name, 1, partition[1],
                           NOT_LEADER, -1, -1, -1, 0)
        self._followed[partition] = threading.Event()
        return text, self._followed[partition]


def answer(client: socket.socket, refusal: bytes, followed: threading.Event,
           answers: threading.Lock) -> None:
    followed.wait(PATIENCE_S)
    try:
        with answers:
            client.sendall(struct.pack(">i", len(refusal)) + refusal)
    except OSError:
        pass  # the connection is gone, and what was refused is sent again on another
