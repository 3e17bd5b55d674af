"""Sinks of the daemon that write to a Kafka of the tests, and what is said of them."""

import re
import typing

from .processes import require, wait_until
from .slotcast import Slotcast

POLITE_S = 30


def add(daemon: Slotcast, name: str, brokers: list[str], tables: str | list[str] = "public.*",
        on_error: str = "stop", every: str = "50ms", **kafka: typing.Any) -> None:
    """Its topics are <name>.<schema>.<table>."""
    daemon.config["sinks"][name] = {
        "kafka": {"brokers": brokers, "format": "json", "topic": name + ".{schema}.{table}", **kafka},
        "start": "now", "on_error": on_error, "batch": {"every": every}}
    daemon.config["routes"].append({"from": tables, "to": [name]})


def progress_topic(daemon: Slotcast, sink: str) -> str:
    return f"slotcast-progress-{daemon.config['name']}-{sink}"


def transactional_id(daemon: Slotcast, sink: str) -> str:
    return f"slotcast-{daemon.config['name']}-{sink}"


def words_of(text: str) -> str:
    """Without the line breaks and columns."""
    return re.sub(r"\s+", " ", text)


def check_report(report: str, sink: str, phrase: str, kind: str = "ERROR") -> None:
    """What `check --live` says of a sink has the phrase."""
    said = [part.split(" ERROR ")[0] for part in words_of(report).split(f"{kind} sink {sink}: ")[1:]]
    require(any(phrase in part for part in said), f'"{phrase}" is not said of {sink}:\n{report}')


def wait_said(daemon: Slotcast, sink: str, phrase: str, state: str = "retrying",
              seconds: float = POLITE_S) -> None:
    """Standard error says it in one line, and so does the status."""
    def is_said() -> bool:
        lines = [line for line in daemon.stderr().splitlines()
                 if f" sink {sink}: " in line and phrase in line and (
                     "will try again" in line or "stopped; " in line)]
        shown = daemon.sink(sink)
        return bool(lines) and shown.get("state") == state and phrase in shown.get("last_error", "")
    wait_until(is_said, f'"{phrase}" is not said of {sink}, or it is not {state}: {daemon.sink(sink)}\n'
               f"{daemon.last_words()}", seconds)


def wait_delivered(daemon: Slotcast, sinks: typing.Iterable[str], seconds: float = POLITE_S) -> None:
    """They have all that is in the log, and the log all that is committed by now."""
    for sink in sinks:
        wait_until(lambda sink=sink: daemon.sink(sink).get("lag_bytes") == 0,
                   f"sink {sink} does not deliver: {daemon.sink(sink)}\n{daemon.last_words()}", seconds)


def said_by_all(daemon: Slotcast) -> str:
    """Whatever a user can see of a daemon that runs."""
    shown = [daemon.http(path)[1] for path in ("/v1/status", "/metrics", "/readyz")]
    return daemon.stderr() + "".join(shown) + daemon.command("status").stdout


def check_secrets(text: str, *secrets: str) -> None:
    for secret in secrets:
        at = text.find(secret)
        require(at < 0, f"a secret is printed: {text[max(0, at - 300):at + 100]}")
