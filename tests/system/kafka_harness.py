#!/usr/bin/python3
"""The Kafka that other tests talk to: it keeps what it must keep, shows what is committed and nothing
else, and lets in who it should; what reads it agrees with each other."""

import concurrent.futures
import pathlib
import subprocess
import time

from harness.case import Case, main
from harness.certificates import Authority
from harness.kafka import KafkaServer
from harness.kafka_access import MODULES, PASSWORD, USER, Access
from harness.kafka_messages import Bytes, Message, read_with_kcat
from harness.kafka_tool import KafkaRefused, KafkaTool
from harness.processes import TestFailed, require, wait_until
from harness.tokens import TokenServer

EVERY_BYTE = bytes(range(256))


def produce_with_kcat(settings: dict[str, str], topic: str, text: str) -> None:
    """One message a line, as KEY:VALUE."""
    options = [word for name, value in settings.items() for word in ("-X", f"{name}={value}")]
    subprocess.run(["kcat", "-P", "-q", "-t", topic, "-K", ":", *options], input=text, text=True,
                   check=True, timeout=60)


def refusal(do, *arguments, **options) -> str:
    """What is said when it fails, as it must."""
    try:
        answer = do(*arguments, **options)
    except (TestFailed, KafkaRefused) as refused:
        return str(refused)
    raise TestFailed(f"it did not fail: {answer}")


def values(messages: list[Message]) -> list[Bytes]:
    return [message.value for message in messages]


def timed(what: str, do, *arguments, **options):
    began = time.monotonic()
    answer = do(*arguments, **options)
    print(f"  {what}: {time.monotonic() - began:.2f} s", flush=True)
    return answer


def both(server: KafkaServer, topic: str, isolation: str = "read_committed") -> list[Message]:
    """kcat's C and Kafka's Java have nothing in common but the protocol."""
    by_kcat = server.read_topic(topic, isolation)
    by_java = server.read_topic_with_java(topic, isolation)
    require(by_kcat == by_java, f"kcat read {by_kcat}, Java {by_java}")
    return by_kcat


def topics(server: KafkaServer) -> None:
    server.create_topic("settings", 3, max_message_bytes="1000")
    server.alter_topic("settings", cleanup_policy="compact")
    require(server.describe_topic("settings") ==
            (3, {"max.message.bytes": "1000", "cleanup.policy": "compact"}), "settings are kept")
    said = refusal(server.create_topic, "settings")
    require("TopicExistsException" in said, f"a topic that is there already: {said}")
    server.delete_topic("settings")
    said = refusal(server.read_topic, "settings")
    require("Unknown topic" in said, f"a topic that is not there: {said}")


def bytes_and_nulls(server: KafkaServer) -> None:
    server.create_topic("bytes", 2)
    server.tool("begin", id="writer")
    wanted = [(EVERY_BYTE, EVERY_BYTE + "é€".encode(), [("h", EVERY_BYTE), ("h", b""), ("n", None)]),
              (b"", b"", []), (None, None, []), (b"key", None, [("", b"x")])]
    for key, value, headers in wanted:
        server.send("writer", "bytes", value, key, headers, partition=1)
    server.tool("commit", id="writer")
    read = both(server, "bytes")
    require([(one.key, one.value, one.headers) for one in read] == wanted, f"read {read}")
    require([(one.partition, one.offset) for one in read] == [(1, 0), (1, 1), (1, 2), (1, 3)],
            f"places {read}")
    require(all(abs(one.timestamp_ms / 1000 - time.time()) < 600 for one in read), f"times {read}")


def transactions(server: KafkaServer) -> None:
    """Committed, aborted, fenced, open at the time of a kill, and ended by it."""
    server.create_topic("transactions")
    for value, end in ((b"aborted", "abort"), (b"committed", "commit")):
        server.tool("begin", id="first", transactional_id="x")
        server.send("first", "transactions", value)
        server.tool(end, id="first")
    server.tool("begin", id="first")
    server.send("first", "transactions", b"fenced")
    server.tool("begin", id="second", transactional_id="x")
    said = refusal(server.tool, "commit", id="first")
    require("InvalidProducerEpoch" in said or "Fenced" in said, f"a fenced producer: {said}")
    server.send("second", "transactions", b"open")
    require(server.transactions()["x"]["state"] == "Ongoing", "a transaction is open")
    require(values(both(server, "transactions")) == [b"committed"], "only the committed is read")
    require(values(both(server, "transactions", "read_uncommitted")) ==
            [b"aborted", b"committed", b"fenced", b"open"], "all is there")


def kill(server: KafkaServer) -> None:
    produce_with_kcat(server.settings(), "kept", "a:1\nb:2\n")
    before = [both(server, topic) for topic in ("kept", "transactions")]
    server.kill()
    timed("restart after a kill", server.start)
    require([both(server, topic) for topic in ("kept", "transactions")] == before, "the same as before")
    server.tool("commit", id="second")  # the transaction has survived
    require(values(both(server, "transactions")) == [b"committed", b"open"], "one more is committed")
    timed("stop", server.stop)
    timed("restart after a stop", server.start)
    require(values(both(server, "kept")) == [b"1", b"2"], "the same as before the stop")
    server.freeze()
    said = refusal(read_with_kcat, server.settings(), "kept", patience_s=2)
    require("metadata" in said, f"a broker that is frozen: {said}")
    server.thaw()
    wait_until(lambda: values(server.read_topic("kept")) == [b"1", b"2"], "it goes on")


def listeners(case: Case) -> None:
    """Each way in, and what is said to who comes without what it takes."""
    access = Access(case.directory / "authority", ("SSL", "SASL_SSL", "SASL_PLAINTEXT"),
                    client_certificate="required", rules=True)
    server = KafkaServer(case.directory / "guarded", access=access)
    case.on_cleanup(server.cleanup)
    timed("start with TLS and SASL", server.start)
    server.create_topic("guarded")
    for user in (USER, "CN=client"):
        server.allow(user, "TOPIC", "guarded", "READ", "WRITE")
    ways = [server.settings("SSL", certificate=True),
            *(server.settings(listener, mechanism=mechanism)
              for listener in ("SASL_SSL", "SASL_PLAINTEXT") for mechanism in MODULES)]
    for number, settings in enumerate(ways, 1):
        produce_with_kcat(settings, "guarded", f"k:{number}\n")
        require(len(read_with_kcat(settings, "guarded")) == number, f"read with {settings}")
    case.counts["ways in"] = len(ways)

    stranger = Authority(case.directory / "stranger").certificate
    strangers = {
        "SSL alert": server.settings("SSL"),
        "Authentication failed: Invalid": server.settings("SASL_SSL", password="wrong"),
        "invalid credentials with SASL mechanism SCRAM-SHA-512": server.settings(
            "SASL_PLAINTEXT", mechanism="SCRAM-SHA-512", user="nobody"),
        "certificate verify failed": {**ways[1], "ssl.ca.location": str(stranger)}}
    with concurrent.futures.ThreadPoolExecutor() as pool:
        said = pool.map(lambda settings: refusal(read_with_kcat, settings, "guarded", patience_s=3),
                        strangers.values())
    for (reason, settings), words in zip(strangers.items(), said):
        require(reason in words, f"not \"{reason}\" with {settings}: {words}")
    server.forbid(USER, "TOPIC", "guarded", "READ")
    said = refusal(read_with_kcat, ways[1], "guarded")
    require("authorization failed" in said, f"with a rule against it: {said}")
    server.cleanup()


def signed_tokens(case: Case) -> None:
    """Debian's librdkafka cannot fetch tokens by itself, Java's client can."""
    tokens = TokenServer(case.directory / "tokens")
    case.on_cleanup(tokens.close)
    access = Access(case.directory / "authority_of_tokens", ("SASL_SSL",), signed=tokens)
    server = KafkaServer(case.directory / "tokens_only", access=access)
    case.on_cleanup(server.cleanup)
    server.start()
    server.create_topic("signed")
    produce_with_kcat(server.settings(), "signed", "k:1\n")
    for secret, expected in ((PASSWORD, ""), ("wrong", "invalid_client")):
        tool = KafkaTool(case.directory / f"client_{secret}", {
            "bootstrap.servers": server.bootstrap("SASL_SSL"), "default.api.timeout.ms": "10000",
            **access.java_settings("SASL_SSL", secret)}, access.java_options())
        case.on_cleanup(tool.cleanup)
        if expected:
            refusal(tool, "read", topic="signed")
            require(tokens.counts[401] > 0, "the wrong secret is refused")
        else:
            require(len(tool("read", topic="signed")) == 1, "read with a signed token")
    said = refusal(read_with_kcat, server.settings("SASL_SSL", mechanism="OAUTHBEARER"), "signed",
                   patience_s=3)
    require("invalid_token" in said, f"a token that nobody signed: {said}")


def run(case: Case) -> None:
    server = KafkaServer(case.directory / "kafka")
    case.on_cleanup(server.cleanup)
    timed("start", server.start)
    timed("topics", topics, server)
    timed("bytes and nulls", bytes_and_nulls, server)
    timed("transactions", transactions, server)
    server.create_topic("kept")
    kill(server)
    timed("one read by kcat", server.read_topic, "kept")
    timed("one read by Java", server.read_topic_with_java, "kept")
    status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
    print("  " + next(line for line in status.splitlines() if line.startswith("VmHWM")))
    server.cleanup()
    timed("listeners", listeners, case)
    timed("signed tokens", signed_tokens, case)


if __name__ == "__main__":
    main(__doc__, run)
