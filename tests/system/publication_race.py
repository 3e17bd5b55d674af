#!/usr/bin/python3
"""A table is added while capture asks what is published, and its answer comes late: nobody took it out."""

import socket
import threading
import typing

from harness.case import Case, main
from harness.processes import require, wait_until
from harness.relay import Relay
from harness.slotcast import Slotcast

PATIENCE_SECONDS = 5


class LateAnswer(Relay):
    """Passes connections to the server on: what is published when capture asks is from before a table was
    added, and capture hears it behind that, as far as the program lets it be so."""

    def __init__(self, server_port: int):
        self.is_on = False
        self.held = 0
        self._asked = threading.Event()
        self._added = threading.Event()
        super().__init__(server_port)

    def serve(self, client: socket.socket) -> None:
        hold = threading.Event()
        with self.dial() as server:
            threading.Thread(target=self._carry, args=(server, client, self._down, hold), daemon=True).start()
            self._carry(client, server, self._up, hold)

    @staticmethod
    def _carry(source: socket.socket, target: socket.socket,
               pass_on: typing.Callable[[bytes, socket.socket, threading.Event], None],
               hold: threading.Event) -> None:
        try:
            while data := source.recv(65536):
                pass_on(data, target, hold)
        except OSError:
            pass
        for side in (source, target):
            try:
                side.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _up(self, data: bytes, server: socket.socket, hold: threading.Event) -> None:
        if b"replication\0database\0" in data:
            hold.set()
        if self.is_on and b"ALTER PUBLICATION" in data:
            self._asked.wait(PATIENCE_SECONDS)
            server.sendall(data)
            threading.Timer(0.5, self._added.set).start()  # the answer is noted by then
            return
        server.sendall(data)
        if self.is_on and hold.is_set() and b"pg_publication_tables" in data:
            self._asked.set()

    def _down(self, data: bytes, client: socket.socket, hold: threading.Event) -> None:
        if self.is_on and hold.is_set() and self._asked.is_set() and not self._added.is_set():
            self.held += 1
            self._added.wait(PATIENCE_SECONDS)
        client.sendall(data)


def is_published(daemon: Slotcast) -> bool:
    return "a table is published from now on table=public.third" in daemon.stderr()


def is_read(daemon: Slotcast) -> bool:
    return "chunks: read table=public.third" in daemon.stderr()


def run(case: Case) -> None:
    postgres = case.postgres()
    proxy = LateAnswer(postgres.port)
    case.on_cleanup(proxy.close)
    daemon = case.slotcast(postgres.uri(proxy.port, "&gssencmode=disable"))
    daemon.config["source"]["tables"] = "auto"
    daemon.add_sink("a", every="100ms", begin="snapshot")
    daemon.start()
    daemon.wait_ready()
    daemon.stop()
    postgres.query("CREATE TABLE third (id int PRIMARY KEY)")
    proxy.is_on = True
    daemon.start()
    wait_until(lambda: is_published(daemon) and is_read(daemon), "the table is added and read", 30)
    require(proxy.held > 0, "capture never asked before the table was added")
    require("taken out" not in daemon.stderr(), f"nobody took it out:\n{daemon.last_words()}")
    daemon.wait_ready()
    case.counts |= {"answers held": proxy.held}


if __name__ == "__main__":
    main(__doc__, run)
