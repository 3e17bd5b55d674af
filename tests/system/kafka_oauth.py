#!/usr/bin/python3
"""Rows reach a broker that wants signed tokens (OAUTHBEARER), each once: with a token server that
refuses us at first, is away at the start, and gives tokens that end after seconds, under load and
while nothing is sent. Nothing secret is in anything that is said or stored."""

import base64
import pathlib
import subprocess
import time

from harness import compare, kafka_rows, tokens
from harness.case import Case, main
from harness.certificates import Authority
from harness.kafka import KafkaServer
from harness.kafka_access import Access
from harness.oracle import Oracle
from harness.processes import require, wait_until
from harness.slotcast import Slotcast
from harness.tokens import TokenServer
from harness.workload import KEYS, Workload

WRONG_SECRET = "wrong-canary-7731"
SHORT_S = 5
LOAD_S = 7
IDLE_S = 6
# Its dates and the like have texts of their own in messages; the formats' tests look at them.
TABLES = [table for table in KEYS if table != "public.types"]
LISTENERS = {"plain": "SASL_PLAINTEXT", "tls": "SASL_SSL"}  # by the name of the sink


class Scene:
    """A token server by TLS, a broker that believes its tokens and takes none that has ended, and a
    sink for each of the broker's listeners."""

    def __init__(self, case: Case):
        self.case = case
        self.token_authority = Authority(case.directory / "authority_of_tokens")
        self.tokens = TokenServer(case.directory / "tokens",
                                  certificate=self.token_authority.issue("tokens"))
        case.on_cleanup(self.tokens.close)
        access = Access(case.directory / "authority", tuple(LISTENERS.values()), signed=self.tokens)
        self.broker_authority = access.authority
        self.server = KafkaServer(case.directory / "kafka", access=access, properties={
            "sasl.oauthbearer.clock.skew.seconds": "0"})
        case.on_cleanup(self.server.cleanup)
        self.server.start(wait=False)
        self.postgres = case.postgres()
        self.oracle = Oracle(self.postgres)
        self.server.wait_ready()
        self.secret = case.directory / "client_secret"
        self.set_secret(tokens.CLIENT_SECRET)
        self.said: list[str] = []  # by all commands
        self.daemon = self.configure()
        self.set_ca_file(self.token_authority)
        self.load: Workload | None = None

    def set_secret(self, secret: str) -> None:
        self.secret.write_text(secret)
        self.secret.chmod(0o600)

    def set_ca_file(self, authority: Authority) -> None:
        for name in LISTENERS:
            sasl = self.daemon.config["sinks"][name]["kafka"]["sasl"]
            sasl["token_ca_file"] = str(authority.certificate)
        self.daemon.write_config()

    def configure(self) -> Slotcast:
        daemon = self.case.slotcast(self.postgres.uri())
        for name, listener in LISTENERS.items():
            kafka: dict[str, object] = {
                "brokers": [self.server.bootstrap(listener)], "format": "json",
                "topic": name + ".{schema}.{table}", "answer_timeout": "2s",
                "transaction_timeout": "20s",
                "sasl": {"mechanism": "OAUTHBEARER", "token_url": self.tokens.url,
                         "client_id": tokens.CLIENT_ID,
                         "client_secret": f"${{file:{self.secret}}}", "scope": "kafka write"}}
            if listener.endswith("SSL"):
                kafka["tls"] = {"ca_file": str(self.broker_authority.certificate)}
                # librdkafka's own words of what it does.
                kafka["properties"] = {"debug": "security,broker,protocol"}
            daemon.config["sinks"][name] = {"kafka": kafka, "start": "now", "batch": {"every": "100ms"}}
            daemon.config["routes"].append({"from": TABLES, "to": [name]})
        # A change's number counts all that is published.
        daemon.config["sinks"]["rest"] = {"null": {}, "start": "now"}
        daemon.config["routes"].append({"from": "public.*", "to": ["rest"]})
        return daemon

    def command(self, *arguments: str) -> subprocess.CompletedProcess:
        done = self.daemon.command(*arguments)
        self.said += [done.stdout, done.stderr]
        return done

    def check_live(self) -> str:
        """In one line: it is wrapped for a terminal."""
        live = self.command("check", "--live")
        return " ".join((live.stdout + live.stderr).split())

    def ask(self) -> None:
        """All that a running daemon says."""
        self.said += [self.daemon.http(path)[1] for path in ("/v1/status", "/metrics", "/readyz")]
        self.command("status")
        self.command("status", "--json")

    def start_load(self) -> None:
        self.load = self.case.workload(self.postgres, after=self.load, rows_per_second=200)
        self.load.start()

    def stop_load(self) -> None:
        require(self.load is not None, "there is no load")
        if self.load:
            self.load.stop()

    def wait_delivered(self, message: str) -> None:
        def is_delivered() -> bool:
            require(self.daemon.is_running(), self.daemon.ended_early())
            return all(self.daemon.sink(name).get("lag_bytes") == 0 for name in LISTENERS)
        try:
            wait_until(is_delivered, message, 60)
        finally:
            self.ask()

    def wait_trouble(self, words: str) -> None:
        def says_so() -> bool:
            require(self.daemon.is_running(), self.daemon.ended_early())
            return all(words in self.daemon.sink(name).get("last_error", "") for name in LISTENERS)
        try:
            wait_until(says_so, f"both sinks say: {words}", 60)
        finally:
            self.ask()


def checks(scene: Scene) -> None:
    require(scene.command("check").returncode == 0, "the configuration is refused")
    said = scene.check_live()
    require("token" not in said, f"check --live: {said}")
    scene.set_ca_file(scene.broker_authority)
    said = scene.check_live()
    require("name the certificates that sign its own in sasl.token_ca_file" in said,
            f"check --live with another authority: {said}")
    scene.set_ca_file(scene.token_authority)
    scene.tokens.audience = "another"
    said = scene.check_live()
    require("it does not accept the token of sasl.token_url" in said and "sasl.username" not in said,
            f"check --live with tokens for others: {said}")
    scene.tokens.audience = tokens.AUDIENCE


def wrong_secret(scene: Scene) -> None:
    """Each is told where it looks, and the daemon goes on."""
    scene.set_secret(WRONG_SECRET)
    advice = "answers 401 invalid_client; correct sasl.client_id and sasl.client_secret"
    said = scene.check_live()
    require(advice in said, f"check --live: {said}")
    scene.daemon.start("--verbose")
    wait_until(lambda: scene.daemon.capture().get("state") == "streaming", "the server is asked", 30)
    scene.start_load()
    scene.wait_trouble(advice)
    require(advice in scene.daemon.stderr(), f"stderr: {scene.daemon.last_words()}")
    scene.daemon.stop()


def away_at_start(scene: Scene) -> None:
    scene.set_secret(tokens.CLIENT_SECRET)
    scene.tokens.close()
    scene.daemon.start("--verbose")
    scene.wait_trouble("look whether sasl.token_url is right and can be reached from here")
    scene.tokens.open()
    wait_until(lambda: all(scene.daemon.sink(name).get("rows", 0) > 0 for name in LISTENERS),
               "rows come when the token server is back", 60)
    scene.stop_load()
    scene.wait_delivered("all is delivered when the token server is back")
    forms = [form for form in scene.tokens.requests if form]
    require(all(form == {"grant_type": "client_credentials", "scope": "kafka write"} for form in forms),
            f"tokens were asked for otherwise: {forms}")
    scene.daemon.stop()


def short_tokens(scene: Scene) -> None:
    """Brokers close a connection when its token has ended, and take none that has."""
    scene.tokens.seconds = SHORT_S
    said = len(scene.daemon.stderr())
    scene.daemon.start("--verbose")
    scene.daemon.wait_ready()
    scene.start_load()
    scene.daemon.run_for(LOAD_S)
    scene.stop_load()
    scene.wait_delivered("all is delivered with tokens that end soon")
    asked = scene.tokens.counts[200]
    scene.daemon.run_for(IDLE_S)
    renewed = scene.tokens.counts[200] - asked
    # A token each SHORT_S for each of the sinks.
    require(renewed >= 2 * (IDLE_S // SHORT_S), f"an idle sink's token is renewed: {renewed} times")
    scene.start_load()
    scene.daemon.run_for(2)
    scene.stop_load()
    scene.wait_delivered("all is delivered after a while without rows")
    lines = scene.daemon.stderr()[said:].splitlines()
    troubles = [line for line in lines if line.split(" ")[1] in ("warning", "error")]
    require(not troubles, f"a token that ends troubles nobody: {troubles}")
    scene.case.counts["tokens"] = len(scene.tokens.issued)
    scene.daemon.stop()


def compare_rows(scene: Scene) -> None:
    scene.daemon.drain()
    expected = {position: change for position, change in scene.oracle.read().items()
                if change.table in TABLES}
    require(len(expected) > 300, f"the load made {len(expected)} changes")
    for name in LISTENERS:
        compare.compare_rows(name, kafka_rows.read_rows(scene.server, name + "."), expected)
    scene.case.counts["rows"] = len(expected)


def nothing_secret(scene: Scene) -> None:
    secrets = [tokens.CLIENT_SECRET, WRONG_SECRET]
    for secret in list(secrets):
        secrets.append(base64.b64encode(f"{tokens.CLIENT_ID}:{secret}".encode()).decode())
    # Of a token all but the signature can be told by anybody.
    secrets += [token.rsplit(".", 1)[1] for token in scene.tokens.issued]
    places = {"a command": "".join(scene.said), "stderr": scene.daemon.stderr(),
              **{str(path): path.read_text(errors="replace")
                 for path in pathlib.Path(scene.daemon.directory).rglob("*") if path.is_file()}}
    for place, text in places.items():
        found = [secret for secret in secrets if secret in text]
        require(not found, f"{found} in {place}")
    require("OAUTHBEARER" in scene.daemon.stderr(), "librdkafka's own words are not there at all")


def run(case: Case) -> None:
    scene = Scene(case)
    for step in (checks, wrong_secret, away_at_start, short_tokens, compare_rows, nothing_secret):
        began = time.monotonic()
        step(scene)
        print(f"  {step.__name__}: {time.monotonic() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main(__doc__, run)
