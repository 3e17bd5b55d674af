"""What stands between a client and a server in a test, and does what a bad network or a busy server does."""

import socket
import threading


class Relay:
    """Takes connections on its own port, and serves each on a thread of its own."""

    def __init__(self, server_port: int, port: int = 0):
        """Connections are served from here on: what `serve` needs is there before."""
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def serve(self, client: socket.socket) -> None:
        """One connection, until one of its ends is closed, or OSError."""
        raise NotImplementedError

    def dial(self) -> socket.socket:
        """A connection to the server."""
        server = socket.create_connection(("127.0.0.1", self._server_port))
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return server

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve_until_closed, args=(client,), daemon=True).start()

    def _serve_until_closed(self, client: socket.socket) -> None:
        with client:
            try:
                self.serve(client)
            except OSError:
                pass


def read_exactly(source: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = source.recv(size - len(data))
        if not piece:
            raise OSError("the far side closed")
        data += piece
    return data
