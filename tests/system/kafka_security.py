#!/usr/bin/python3
"""Brokers that want TLS, certificates or passwords: rows arrive with each of them. Who is set up
wrongly is told which broker and what to do, in one line and never with a secret, by check, check
--live, run and status, and goes on by itself when it is mended at the brokers."""

import json
import pathlib
import typing

from harness import kafka_access, kafka_sink
from harness.case import Case, main
from harness.certificates import Authority
from harness.kafka import KafkaServer
from harness.kafka_access import Access
from harness.processes import require, wait_until
from harness.slotcast import Slotcast

CANARY = "canary-7731"
LATER = "late-canary-2290"
SECRETS = (CANARY, LATER, kafka_access.PASSWORD)
REFUSED, MISTAKEN = 78, 2
TABLE = "CREATE TABLE t (id int PRIMARY KEY, note text)"
# 127.0.0.1 by a name that no certificate has.
ODD_HOST = "127.1"


class Scene:
    """One broker that anybody may talk to who can prove who he is."""

    def __init__(self, case: Case):
        self.case = case
        self.postgres = case.postgres(with_tables=False)
        self.postgres.query(TABLE)
        self.access = Access(case.directory / "tls", ("SSL", "SASL_PLAINTEXT", "SASL_SSL"), "requested")
        self.server = KafkaServer(case.directory / "kafka", access=self.access)
        case.on_cleanup(self.server.cleanup)
        self.authority = str(self.access.authority.certificate)
        self.expired = self.access.authority.issue("expired", days=-1)
        self.foreign = Authority(case.directory / "foreign", "foreign authority")
        self.rows = 0

    def daemon(self, name: str) -> Slotcast:
        daemon = self.case.slotcast(self.postgres.uri(), name)
        daemon.variables = {"TEST_PASSWORD": kafka_access.PASSWORD, "TEST_WRONG": CANARY,
                            "TEST_LATER": LATER}
        return daemon

    def brokers(self, listener: str, host: str = "127.0.0.1") -> list[str]:
        return [f"{host}:{self.server.ports[listener]}"]

    def tls(self, files: tuple[pathlib.Path, pathlib.Path] | None = None, **more: str) -> dict[str, str]:
        both = dict(zip(("certificate_file", "key_file"), map(str, files or ())))
        return {"ca_file": self.authority, **both, **more}

    def own_certificate(self) -> tuple[pathlib.Path, pathlib.Path]:
        settings = self.access.settings("SSL", certificate=True)
        return (pathlib.Path(settings["ssl.certificate.location"]),
                pathlib.Path(settings["ssl.key.location"]))

    def show(self, said: str) -> None:
        if self.case.arguments.show:
            print(said)

    def insert(self) -> None:
        self.rows += 1
        self.postgres.query("INSERT INTO t VALUES (%s, %s)", self.rows, f"row {self.rows}")

    def check_rows(self, sink: str) -> None:
        found = [json.loads(message.value or b"") for message in
                 self.server.read_topic(f"{sink}.public.t")]
        rows = [(row["id"], row["note"]) for row in found]
        wanted = [(number, f"row {number}") for number in range(1, self.rows + 1)]
        require(rows == wanted, f"sink {sink} has {rows}, not {wanted}")


def sasl(mechanism: str, password: str = "TEST_PASSWORD", user: str = kafka_access.USER) -> dict[str, str]:
    return {"mechanism": mechanism, "username": user, "password": f"${{env:{password}}}"}


def offline_mistakes(scene: Scene) -> list[tuple[dict[str, typing.Any], str]]:
    """Settings, and what is said of them."""
    folder = scene.case.directory
    (folder / "junk.pem").write_text("no certificate")
    own, key = scene.own_certificate()
    return [
        ({"sasl": sasl("GSSAPI")}, 'sasl.mechanism: "GSSAPI" is none of PLAIN, SCRAM-SHA-256'),
        ({"sasl": {"mechanism": "PLAIN", "username": "me"}}, "sasl.password: is needed for PLAIN"),
        ({"sasl": {**sasl("PLAIN"), "password": CANARY}}, "write ${file:NAME} or ${env:NAME}"),
        ({"tls": {"ca_file": str(folder / "none.pem")}}, "none.pem: No such file or directory"),
        ({"tls": {"ca_file": str(folder / "junk.pem")}}, "tls.ca_file: holds no certificate in PEM"),
        ({"tls": {"certificate_file": str(own)}}, "tls.certificate_file: goes with tls.key_file"),
        ({"tls": {"certificate_file": str(own), "key_file": str(scene.expired[1])}},
         "tls.key_file: is not the key of tls.certificate_file"),
        ({"tls": {"certificate_file": str(own), "key_file": str(folder / "junk.pem")}},
         "tls.key_file: holds no key in PEM, or tls.key_password is missing or wrong"),
        ({"properties": {"sasl.password": CANARY}}, "properties.sasl.password: is a secret"),
        ({"properties": {"ssl.key.location": str(key)}}, "has a setting of its own: tls.key_file"),
        ({"properties": {"acks": "1"}}, "properties.acks: would break exactly once"),
        ({"properties": {"linger.ms": "soon"}}, "properties.linger.ms: Invalid value"),
        ({"properties": {"no.such": "1"}}, "properties.no.such: No such configuration property"),
        ({"brokers": ["kafka1"]}, 'brokers: "kafka1" is not host:port'),
        ({"brokers": ["kafka1:9092,kafka2:9092"]}, "is not host:port"),
        ({"transaction_timeout": "1h"}, "transaction_timeout: must be between 5s and 15m"),
        ({"progress_topic": "a b"}, "progress_topic: ' ' cannot be in a topic's name"),
        ({"keys": {"public.*": ["id"]}}, "keys.public.*: must be schema.table, without wildcards"),
        ({"transactions": "off", "transactional_id": "x"}, "transactional_id: is for transactions: on"),
    ]


def offline(scene: Scene) -> None:
    """What needs no server to be known, each with its line and column."""
    daemon = scene.daemon("offline")
    mistakes = offline_mistakes(scene)
    for number, (settings, _) in enumerate(mistakes):
        kafka_sink.add(daemon, f"sink{number}", **{"brokers": ["kafka1:9092"], **settings})
    daemon.write_config()
    done = daemon.command("check")
    said = done.stdout + done.stderr
    scene.show(said)
    require(done.returncode == MISTAKEN, f"check ended with {done.returncode}: {said}")
    lines = said.splitlines()
    for number, (_, phrase) in enumerate(mistakes):
        mine = [line for line in lines if f"sinks.sink{number}: " in line or f"sinks.sink{number}." in line]
        require(len(mine) == 1 and phrase in mine[0], f'not "{phrase}", and once: {mine}')
        require(mine[0].split(":")[1].isdigit() and mine[0].split(":")[2].isdigit(), f"no place: {mine}")
    kafka_sink.check_secrets(said, *SECRETS)


def add_good(scene: Scene, daemon: Slotcast) -> list[str]:
    """Each way to prove who one is."""
    settings = {"answer_timeout": "10s"}
    kafka_sink.add(daemon, "tls", scene.brokers("SSL"), tls=scene.tls(), **settings)
    kafka_sink.add(daemon, "mutual", scene.brokers("SSL"), tls=scene.tls(scene.own_certificate()),
                   **settings)
    names = ["tls", "mutual"]
    for mechanism in ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"):
        name = mechanism.lower().replace("-", "_")
        kafka_sink.add(daemon, name, scene.brokers("SASL_PLAINTEXT"), sasl=sasl(mechanism), **settings)
        kafka_sink.add(daemon, name + "_tls", scene.brokers("SASL_SSL"), tls=scene.tls(),
                       sasl=sasl(mechanism), **settings)
        names += [name, name + "_tls"]
    return names


def add_bad(scene: Scene, daemon: Slotcast) -> dict[str, str]:
    """What is said of each. `later` is wrong until the brokers' password is changed."""
    settings = {"answer_timeout": "2s"}

    def add(name: str, listener: str, host: str = "127.0.0.1", **more: typing.Any) -> None:
        kafka_sink.add(daemon, name, scene.brokers(listener, host), **settings, **more)
    add("wrong_authority", "SSL", tls={"ca_file": str(scene.foreign.certificate)})
    add("system_authority", "SSL", tls={})
    add("wrong_host", "SSL", ODD_HOST, tls=scene.tls())
    add("expired", "SSL", tls=scene.tls(scene.expired))
    add("foreign", "SSL", tls=scene.tls(scene.foreign.issue("client")))
    add("wrong_plain", "SASL_PLAINTEXT", sasl=sasl("PLAIN", "TEST_WRONG"))
    add("wrong_scram", "SASL_SSL", tls=scene.tls(), sasl=sasl("SCRAM-SHA-256", "TEST_WRONG"))
    add("later", "SASL_PLAINTEXT", sasl=sasl("SCRAM-SHA-512", "TEST_LATER", "later"))
    add("tls_to_plain", "PLAINTEXT", tls=scene.tls())
    add("plain_to_tls", "SSL")
    add("plain_to_sasl", "SASL_PLAINTEXT")
    add("sasl_to_plain", "PLAINTEXT", sasl=sasl("PLAIN"))
    kafka_sink.add(daemon, "nobody", ["127.0.0.1:1"], **settings)
    kafka_sink.add(daemon, "no_name", ["no-such-host.invalid:9092"], **settings)
    tls, password = f"broker 127.0.0.1:{scene.server.ports['SSL']}: ", "sasl.username and sasl.password"
    return {
        "wrong_authority": tls + "its certificate is not accepted: unable to get local issuer "
                                 "certificate: tls.ca_file has to hold the authority",
        "system_authority": "tls.ca_file has to hold the authority that signed it",
        "wrong_host": f"broker {ODD_HOST}:{scene.server.ports['SSL']}: its certificate is not accepted: "
                      "hostname mismatch",
        "expired": tls + "it does not accept our certificate: renew tls.certificate_file",
        "foreign": tls + "it does not accept our certificate: renew tls.certificate_file",
        "wrong_plain": f"it does not accept {password} (Authentication failed: Invalid username",
        "wrong_scram": f"it does not accept {password} (Authentication failed",
        "later": f"it does not accept {password} (Authentication failed",
        "tls_to_plain": "it closes the connection when we begin with TLS: is the port one for TLS?",
        "plain_to_tls": "its port may be one for TLS, for which tls is needed",
        "plain_to_sasl": "its port may be one for SASL, for which sasl is needed",
        "sasl_to_plain": "it asks for no SASL: is the port one for SASL?",
        "nobody": "broker 127.0.0.1:1: connection refused",
        "no_name": "broker no-such-host.invalid:9092: Failed to resolve",
    }


def check_live(scene: Scene, daemon: Slotcast, good: list[str], bad: dict[str, str]) -> None:
    daemon.write_config()
    topics = scene.server.topics()
    done = daemon.command("check", "--live", seconds=120)
    said = done.stdout + done.stderr
    scene.show(said)
    require(done.returncode == REFUSED, f"check --live ended with {done.returncode}: {said}")
    for name, phrase in bad.items():
        kafka_sink.check_report(said, name, phrase)
    for name in good:
        require(f"ERROR sink {name}: " not in kafka_sink.words_of(said), f"{name} is good:\n{said}")
    require(done.stderr == "", f"librdkafka's own lines are shown:\n{done.stderr}")
    require(scene.server.topics() == topics, f"topics were made: {scene.server.topics()}")
    kafka_sink.check_secrets(said + daemon.command("check", "--print").stdout, *SECRETS)


def changed_brokers(scene: Scene, daemon: Slotcast, good: list[str]) -> None:
    """They begin to want certificates, and show one that has ended; then that is mended."""
    server, files = scene.server, scene.expired
    keystore = scene.case.directory / "expired-with-key.pem"
    keystore.write_text("".join(path.read_text() for path in reversed(files)))
    scene.access.client_certificate = "required"
    server.stop()
    server.properties = {"listener.name.sasl_ssl.ssl.keystore.location": str(keystore),
                         "listener.name.sasl_ssl.ssl.keystore.type": "PEM"}
    server.start()
    scene.insert()
    kafka_sink.wait_delivered(daemon, ["mutual", "plain"])
    kafka_sink.wait_said(daemon, "tls", "it wants a certificate of us: tls.certificate_file")
    kafka_sink.wait_said(daemon, "plain_tls", "its certificate is not accepted: certificate has expired: "
                         "it has to be renewed at the broker")
    scene.access.client_certificate = "requested"
    server.stop()
    server.properties = {}
    server.start()
    scene.insert()
    kafka_sink.wait_delivered(daemon, good)


def people(scene: Scene) -> None:
    scene.server.start()
    daemon = scene.daemon("people")
    good = add_good(scene, daemon)
    bad = add_bad(scene, daemon)
    check_live(scene, daemon, good, bad)
    daemon.start("--verbose")
    wait_until(lambda: daemon.capture().get("state") == "streaming", "capture runs")
    scene.insert()
    for name, phrase in bad.items():
        kafka_sink.wait_said(daemon, name, phrase)
    kafka_sink.wait_delivered(daemon, good)
    scene.server.tool("set_password", user="later", password=LATER)
    kafka_sink.wait_delivered(daemon, ["later"])
    changed_brokers(scene, daemon, good)
    for name in (*good, "later"):
        scene.check_rows(name)
    scene.show(daemon.stderr())
    kafka_sink.check_secrets(kafka_sink.said_by_all(daemon), *SECRETS)
    scene.case.counts["ways to prove who one is"] = len(good)
    scene.case.counts["mistakes"] = len(bad)


def run(case: Case) -> None:
    scene = Scene(case)
    offline(scene)
    people(scene)


def extend(parser) -> None:
    parser.add_argument("--show", action="store_true", help="prints what is said")


if __name__ == "__main__":
    main(__doc__, run, extend)
