"""A TCP proxy in front of the server that cuts, resets, stalls or swallows the replication stream.

Only what follows the server's CopyBothResponse counts: the guards' queries before it pass always.
Other connections pass untouched.
"""

import dataclasses
import socket
import struct
import threading
import typing

from .relay import Relay, read_exactly

COPY_BOTH = b"W"


@dataclasses.dataclass
class Fault:
    """What becomes of one stream: after so many bytes from the server, this."""

    after: int | None  # None: never
    kind: str = "close"  # close, reset, stall (nothing more passes), deaf (nothing goes up)


class Proxy(Relay):
    """`next_fault` is asked once for each replication stream that begins."""

    def __init__(self, server_port: int, next_fault: typing.Callable[[], Fault],
                 on_cut: typing.Callable[[], None]):
        self.streams = 0
        self.cuts = 0
        self._next_fault = next_fault
        self._on_cut = on_cut
        super().__init__(server_port)

    def serve(self, client: socket.socket) -> None:
        with self.dial() as server:
            deaf = threading.Event()
            startup = read_startup(client)
            server.sendall(startup)
            is_stream = b"replication\0database\0" in startup
            threading.Thread(target=self._up, args=(client, server, deaf), daemon=True).start()
            self._down(client, server, deaf, is_stream)

    @staticmethod
    def _up(client: socket.socket, server: socket.socket, deaf: threading.Event) -> None:
        try:
            while data := client.recv(65536):
                if not deaf.is_set():
                    server.sendall(data)
        except OSError:
            pass
        try:
            server.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def _down(self, client: socket.socket, server: socket.socket, deaf: threading.Event,
              is_stream: bool) -> None:
        if is_stream and not forward_until_copy(client, server):
            return
        fault = Fault(None)
        if is_stream:
            self.streams += 1
            fault = self._next_fault()
        passed = 0
        while data := server.recv(65536):
            if fault.after is None or passed + len(data) <= fault.after:
                client.sendall(data)
                passed += len(data)
                continue
            client.sendall(data[:fault.after - passed])
            self.cuts += 1
            self._break(client, server, deaf, fault.kind, data[fault.after - passed:])
            self._on_cut()
            return

    @staticmethod
    def _break(client: socket.socket, server: socket.socket, deaf: threading.Event,
               kind: str, rest: bytes) -> None:
        if kind == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif kind == "stall":
            deaf.set()
            while server.recv(65536):  # taken from the server, never passed on
                pass
        elif kind == "deaf":
            deaf.set()  # feedback is lost on its way up until the server gives up
            client.sendall(rest)
            while data := server.recv(65536):
                client.sendall(data)


def read_startup(client: socket.socket) -> bytes:
    head = read_exactly(client, 4)
    return head + read_exactly(client, struct.unpack(">I", head)[0] - 4)


def forward_until_copy(client: socket.socket, server: socket.socket) -> bool:
    """Message by message, so that not one byte of the stream is taken with it."""
    while True:
        try:
            head = read_exactly(server, 5)
            body = read_exactly(server, struct.unpack(">I", head[1:])[0] - 4)
        except OSError:
            return False
        client.sendall(head + body)
        if head[:1] == COPY_BOTH:
            return True
