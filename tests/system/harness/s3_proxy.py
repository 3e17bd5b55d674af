"""An HTTP proxy in front of an S3 server that does harm where a test says.

The client may keep its connections, as it would with a server: what is lost on one that was kept
it sends again by itself.
"""

import collections
import dataclasses
import re
import socket
import struct
import threading
import typing

from .relay import Relay

# What becomes of a request. The server sees it whole (lost, error), half (cut), or not at all.
KINDS = ("slow_down", "error", "lost", "cut", "reset", "stall")
# And what is wrong with a client rather than with the way: "skewed".


@dataclasses.dataclass
class Request:
    method: str
    target: str
    head: bytes
    body: bytes


def refusal(status: str, code: str, method: str) -> bytes:
    body = f"<Error><Code>{code}</Code><Message>made up by a test</Message></Error>".encode()
    head = b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n" % (status.encode(), len(body))
    return head if method == "HEAD" else head + body


class Pipe:
    """Bytes of one side."""

    def __init__(self, side: socket.socket):
        self.side = side
        self._pending = b""

    def head(self) -> bytes:
        """Up to and with the empty line; b"" when the far side has closed."""
        while b"\r\n\r\n" not in self._pending:
            piece = self.side.recv(65536)
            if not piece:
                return b""
            self._pending += piece
        head, self._pending = self._pending.split(b"\r\n\r\n", 1)
        return head + b"\r\n\r\n"

    def body(self, head: bytes) -> bytes:
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        size = int(length.group(1)) if length else 0
        parts = [self._pending]
        missing = size - len(self._pending)
        while missing > 0:
            piece = self.side.recv(min(missing, 1 << 20))
            if not piece:
                raise OSError("the far side closed")
            parts.append(piece)
            missing -= len(piece)
        whole = b"".join(parts)
        self._pending = whole[size:]
        return whole[:size]


class S3Proxy(Relay):
    """`next_fault` is asked once for each request: one of KINDS, "skewed", or None."""

    def __init__(self, server_port: int, next_fault: typing.Callable[[Request], str | None]):
        self.counts = collections.Counter({kind: 0 for kind in KINDS})
        self.requests = 0
        self._next_fault = next_fault
        self._lock = threading.Lock()
        self._at_server = 0
        super().__init__(server_port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def is_idle(self) -> bool:
        """Nothing of a client that is gone is still on its way to the server."""
        return self._at_server == 0

    def serve(self, client: socket.socket) -> None:
        pipe = Pipe(client)
        while self._answer(pipe):
            pass

    def _answer(self, pipe: Pipe) -> bool:
        """Whether the connection goes on."""
        head = pipe.head()
        if not head:
            return False
        if b"\r\nexpect:" in head.lower():
            pipe.side.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        method, target, _ = head.decode("latin-1").split(" ", 2)
        request = Request(method, target, head, pipe.body(head))
        with self._lock:
            self.requests += 1
            kind = self._next_fault(request)
            if kind:
                self.counts[kind] += 1
        if kind:
            return self._harm(kind, request, pipe.side)
        pipe.side.sendall(self._ask(request, len(request.body)))
        return True

    def _harm(self, kind: str, request: Request, client: socket.socket) -> bool:
        if kind == "slow_down":
            client.sendall(refusal("503 Slow Down", "SlowDown", request.method))
            return True
        if kind == "skewed":
            client.sendall(refusal("403 Forbidden", "RequestTimeTooSkewed", request.method))
            return True
        if kind == "stall":
            while client.recv(65536):
                pass
            return False
        if kind != "reset":
            self._ask(request, len(request.body) // 2 if kind == "cut" else len(request.body))
        if kind == "error":
            client.sendall(refusal("500 Internal Server Error", "InternalError", request.method))
            return True
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    def _ask(self, request: Request, body_bytes: int) -> bytes:
        """What the server answers to these bytes of the body."""
        head = re.sub(rb"(?i)\r\nexpect:[^\r]*", b"", request.head)
        head = head[:-2] + b"Connection: close\r\n\r\n"
        with self._lock:
            self._at_server += 1
        try:
            with self.dial() as server:
                server.sendall(head + request.body[:body_bytes])
                if body_bytes < len(request.body):
                    return b""
                answer = b"".join(iter(lambda: server.recv(65536), b""))
        finally:
            with self._lock:
                self._at_server -= 1
        if not answer:
            raise OSError("the server is gone")
        return re.sub(rb"(?i)\r\nconnection: close", b"", answer, count=1)
