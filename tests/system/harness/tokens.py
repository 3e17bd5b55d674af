"""A server that gives out signed tokens for a client's id and secret, as OAuth 2.0 says (RFC 6749,
4.4), and the keys by which others check them."""

import base64
import collections
import http.server
import json
import math
import pathlib
import ssl
import subprocess
import threading
import time
import urllib.parse

from . import processes

CLIENT_ID = "tester"
CLIENT_SECRET = "correct-horse-0417"
ISSUER = "test-issuer"
AUDIENCE = "test-broker"


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that goes away, or does not trust the certificate, is no news."""


class TokenServer:
    """Answers at `url` from the start until close(), and again from open(). `seconds`: how long a token
    lasts. `status`, when it is not 200, is what everybody is told. `audience`: for whom its
    tokens are. `requests` has the form of each request so far, `issued` each token. `certificate`: the
    files of its certificate and key; without, it has no TLS."""

    def __init__(self, directory: pathlib.Path, seconds: int = 3600,
                 certificate: tuple[pathlib.Path, pathlib.Path] | None = None):
        self.seconds = seconds
        self.status = 200
        self.audience = AUDIENCE
        self.requests: list[dict[str, str]] = []
        self.issued: list[str] = []
        self.counts: collections.Counter[int] = collections.Counter()
        self._key = directory / "token.key"
        self.keys = directory / "keys.json"
        directory.mkdir(parents=True)
        self._make_keys()
        self._certificate = certificate
        self._port = 0
        self._server: _Server | None = None
        self.open()

    @property
    def url(self) -> str:
        return f"http{'s' if self._certificate else ''}://127.0.0.1:{self._port}/token"

    def open(self) -> None:
        server = _Server(("127.0.0.1", self._port), self._handler())
        if self._certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self._certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True,
                                                do_handshake_on_connect=False)
        self._port = server.server_port
        self._server = server
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def close(self) -> None:
        server, self._server = self._server, None
        if server:
            server.shutdown()
            server.server_close()

    def _make_keys(self) -> None:
        _openssl(b"", "genrsa", "-out", self._key, "2048")
        said = _openssl(b"", "rsa", "-in", self._key, "-noout", "-modulus").decode()
        modulus = bytes.fromhex(said.strip().removeprefix("Modulus="))
        key = {"kty": "RSA", "kid": "1", "use": "sig", "alg": "RS256", "n": _text(modulus),
               "e": _text(b"\1\0\1")}
        self.keys.write_text(json.dumps({"keys": [key]}))

    def token(self, subject: str = CLIENT_ID, seconds: int | None = None,
              audience: str = AUDIENCE) -> str:
        now = math.ceil(time.time())  # it lasts no shorter than is said
        claims = {"iss": ISSUER, "sub": subject, "aud": audience, "iat": now,
                  "exp": now + (self.seconds if seconds is None else seconds)}
        parts = [_text(json.dumps(part).encode()) for part in ({"alg": "RS256", "kid": "1"}, claims)]
        signed = _openssl(".".join(parts).encode(), "dgst", "-sha256", "-sign", self._key)
        return ".".join([*parts, _text(signed)])

    def _answer(self, authorization: str, form: dict[str, str]) -> tuple[int, dict[str, object]]:
        self.requests.append(form)
        if self.status != 200:
            return self.status, {"error": "temporarily_unavailable"}
        pair = f"{form.get('client_id')}:{form.get('client_secret')}"
        if authorization.startswith("Basic "):
            pair = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        if pair != f"{CLIENT_ID}:{CLIENT_SECRET}":
            return 401, {"error": "invalid_client"}
        if form.get("grant_type") != "client_credentials":
            return 400, {"error": "unsupported_grant_type"}
        self.issued.append(self.token(audience=self.audience))
        return 200, {"access_token": self.issued[-1], "token_type": "Bearer", "expires_in": self.seconds}

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        tokens = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:  # pylint: disable=invalid-name
                body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
                form = dict(urllib.parse.parse_qsl(body))
                status, answer = tokens._answer(self.headers.get("Authorization", ""), form)
                tokens.counts[status] += 1
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:  # pylint: disable=arguments-differ
                pass

        return Handler


def _openssl(given: bytes, *arguments: object) -> bytes:
    done = subprocess.run([processes.need_program("openssl", "openssl"), *map(str, arguments)],
                          input=given, capture_output=True, check=False)
    processes.require(done.returncode == 0, f"openssl: {done.stderr.decode()}")
    return done.stdout
