#!/usr/bin/python3
"""The connection cut after byte N of the stream, for many N: nothing lost, nothing twice."""

import argparse
import itertools
import threading

from harness.case import Case, main
from harness.oracle import Oracle
from harness.postgres import Postgres
from harness.processes import require, wait_until
from harness.proxy import Fault, Proxy

# As many transactions as a cut position needs stream for, of every kind of message.
SCRIPT = """
INSERT INTO acct VALUES ({n}, 1, 1, 1, 1);
UPDATE acct SET id = -{n}, ver = 2 WHERE id = {n};
BEGIN; INSERT INTO toast VALUES ({n}, repeat('x', 2100), 1); UPDATE toast SET ver = 2 WHERE id = {n}; COMMIT;
INSERT INTO fullident VALUES ({n}, 'a', 1, 'b');
UPDATE fullident SET a = NULL WHERE id = {n};
DELETE FROM acct WHERE id = -{n};
TRUNCATE rare;
INSERT INTO nopk VALUES (1, {n}, 'it''s');
"""
STALLS = 2


class Feed:
    """Commits a script's turn for every cut, so that each stream has enough to be cut in."""

    def __init__(self, postgres: Postgres):
        self._connection = postgres.connect()
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def turn(self, times: int = 1) -> None:
        with self._lock, self._connection.cursor() as cursor:
            for _ in range(times):
                text = SCRIPT.replace("{n}", str(next(self._numbers)))
                for statement in text.strip().split("\n"):
                    cursor.execute(statement)


def positions(arguments: argparse.Namespace) -> list[int]:
    """Every one of the first `dense` bytes, then every `step`th up to `bytes`."""
    return (list(range(arguments.dense))
            + list(range(arguments.dense, arguments.bytes, arguments.step)))


def run(case: Case) -> None:
    postgres = case.postgres(settings={"wal_sender_timeout": "10s"})
    oracle = Oracle(postgres)
    feed = Feed(postgres)
    faults = [Fault(position) for position in positions(case.arguments)]
    faults += [Fault(case.random.randrange(4000), kind)
               for kind in ("reset", "stall", "deaf") for _ in range(STALLS)]
    coming = iter(faults)
    proxy = Proxy(postgres.port, lambda: next(coming, Fault(None)), feed.turn)
    case.on_cleanup(proxy.close)
    uri = postgres.uri(proxy.port, "&gssencmode=disable&options=-c%20wal_sender_timeout%3D3s")
    daemon = case.slotcast(uri)
    daemon.config["source"]["receive_timeout"] = "3s"
    daemon.add_sink("a", every="200ms")
    daemon.start()
    wait_until(lambda: proxy.streams > 0, f"a first stream\n{daemon.last_words()}")
    feed.turn(4)
    cut = 0
    while proxy.cuts < len(faults):
        wait_until(lambda cut=cut: proxy.cuts > cut or not daemon.is_running(),
                   f"another stream after {cut} cuts\n{daemon.last_words()}")
        require(daemon.is_running(), daemon.ended_early())
        cut = proxy.cuts
    wait_until(lambda: proxy.streams > len(faults), "a stream that is not cut")
    daemon.wait_ready()
    case.counts["cuts"] = proxy.cuts
    case.finish(daemon, postgres, oracle)


def extend(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dense", type=int, default=300, help="cut at each of so many first bytes")
    parser.add_argument("--bytes", type=int, default=4000, help="and on to here")
    parser.add_argument("--step", type=int, default=25, help="in steps of so many")


if __name__ == "__main__":
    main(__doc__, run, extend)
