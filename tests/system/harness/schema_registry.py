"""A throw-away schema registry, as dev/registry.sh installs it, which answers as Confluent's does."""

import base64
import http.client
import http.server
import json
import pathlib
import ssl
import subprocess
import threading
import typing

from . import processes
from .kafka import lasting_port
from .kafka_tool import SOURCES, script

INSTALL = SOURCES.parents[2] / "dev/registry.sh"
BASE = "/apis/ccompat/v7"
CONTENT_TYPE = "application/vnd.schemaregistry.v1+json"
USER = "tester"
PASSWORD = "correct-horse-0417"


class SchemaRegistry:
    """start(), kill() and stop() as often as wished; schemas and their ids stay, and so does the port.
    Dies with the thread that starts it."""

    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        self.port = lasting_port()
        self._process: subprocess.Popen | None = None
        self._compatibility = ""
        self._log = directory / "log"
        directory.mkdir(parents=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{BASE}"

    def start(self, compatibility: str = "BACKWARD", wait: bool = True) -> None:
        """What is compatible is as with Confluent's, unless said otherwise. Without `wait`,
        wait_ready() has to follow."""
        self._compatibility = compatibility
        folder = script(INSTALL)[-1]
        # By default its database writes half a second late.
        database = f"jdbc:h2:file:{self.directory}/schemas;WRITE_DELAY=0"
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "java", "-Xmx512m", "-Dquarkus.log.level=WARN",
                 f"-Dquarkus.http.port={self.port}", "-Dapicurio.storage.sql.kind=h2",
                 f"-Dapicurio.datasource.url={database}", f"@{folder}/java.args"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        if wait:
            self.wait_ready()

    def wait_ready(self) -> None:
        processes.wait_until(self._answers, "the schema registry does not come up", 120)
        self.set_compatibility(self._compatibility)

    def set_compatibility(self, level: str) -> None:
        status, answer = self.ask("PUT", "/config", {"compatibility": level})
        processes.require(status == 200, f"compatibility {level}: {status} {answer}")

    def _answers(self) -> bool:
        process = typing.cast(subprocess.Popen, self._process)
        processes.require(process.poll() is None, f"the schema registry ended: {self.log_tail()}")
        try:
            return self.ask("GET", "/subjects")[0] == 200
        except OSError:
            return False

    def ask(self, method: str, path: str, content: object = None) -> tuple[int, typing.Any]:
        """The status and what the answer says."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            body = None if content is None else json.dumps(content)
            connection.request(method, BASE + path, body, {"Content-Type": CONTENT_TYPE})
            response = connection.getresponse()
            return response.status, json.loads(response.read() or b"null")
        finally:
            connection.close()

    def subjects(self) -> list[str]:
        return sorted(self.ask("GET", "/subjects")[1])

    def versions(self, subject: str) -> list[dict[str, typing.Any]]:
        """Each with "id", "version", "schema" and, unless it is Avro, "schemaType"."""
        numbers = self.ask("GET", f"/subjects/{subject}/versions")[1]
        return [self.ask("GET", f"/subjects/{subject}/versions/{number}")[1] for number in numbers]

    def schema(self, number: int) -> str:
        """By the id that messages carry."""
        status, answer = self.ask("GET", f"/schemas/ids/{number}")
        processes.require(status == 200, f"schema {number}: {status} {answer}")
        return answer["schema"]

    def kill(self) -> None:
        process = typing.cast(subprocess.Popen, self._process)
        process.kill()
        process.wait(10)

    def stop(self) -> None:
        process = typing.cast(subprocess.Popen, self._process)
        process.terminate()
        process.wait(60)

    def cleanup(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def log_tail(self) -> str:
        return self._log.read_text(errors="replace")[-3000:]


class Gate:
    """Before a registry: lets in who has the password, by TLS when it has a `certificate` and its key.
    It answers until close(), and again from open(). While `status` is not None, that is the answer to
    everybody."""

    def __init__(self, registry: SchemaRegistry,
                 certificate: tuple[pathlib.Path, pathlib.Path] | None = None):
        self.status: int | None = None
        self.requests: list[str] = []
        self._registry = registry
        self._certificate = certificate
        self._port = 0
        self._server: http.server.ThreadingHTTPServer | None = None
        self.open()

    @property
    def url(self) -> str:
        return f"http{'s' if self._certificate else ''}://127.0.0.1:{self._port}{BASE}"

    def open(self) -> None:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", self._port), self._handler())
        server.daemon_threads = True
        if self._certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self._certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        self._port = server.server_port
        self._server = server
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Who is connected stays so."""
        server, self._server = self._server, None
        if server:
            server.shutdown()
            server.server_close()

    def _answer(self, method: str, path: str, authorization: str, body: bytes) -> tuple[int, object]:
        self.requests.append(f"{method} {path}")
        if self.status is not None:
            return self.status, {"error_code": self.status, "message": "so says the gate"}
        wanted = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if authorization != wanted:
            return 401, {"error_code": 401, "message": "Unauthorized"}
        content = json.loads(body) if body else None
        return self._registry.ask(method, path.removeprefix(BASE), content)

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        gate = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                status, answer = gate._answer(
                    self.command, self.path, self.headers.get("Authorization", ""), body)
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", CONTENT_TYPE)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_DELETE = _serve

            def log_message(self, *_: object) -> None:  # pylint: disable=arguments-differ
                pass

        return Handler
