#!/usr/bin/python3
"""Brokers refuse messages for a moment and take those behind them, which they do in a partition that is
new to a producer: each version of each row is there all the same, once and in order."""

import typing

from harness import history, kafka_sink
from harness.case import Case, main
from harness.kafka import KafkaServer, lasting_port
from harness.kafka_refuser import Refuser
from harness.postgres import Postgres
from harness.processes import require

TABLES = [f"t{number}" for number in range(12)]
ROWS = 300
ROUNDS = 5
CHANCE = 0.03
SAYS = "a broker refused messages for a moment and took those behind them"
# The first message of a partition goes at once, and those behind it meanwhile.
SMALL = {"batch.num.messages": "10", "linger.ms": "0"}
SINKS: dict[str, dict[str, typing.Any]] = {
    "whole": {"topics": {"partitions": 1}},
    "parts": {"topics": {"partitions": 1}, "max_transaction": "1MiB"},
    "off": {"topics": {"partitions": 4}, "transactions": "off"},
}


def change(case: Case, postgres: Postgres) -> None:
    """Some rows at a time get their next version."""
    for table in [table for _ in range(ROUNDS) for table in TABLES]:
        share = case.random.choice([1, 2, 5, 50])
        postgres.query(f"INSERT INTO {table} SELECT id, 1, repeat('x', 4000)"
                       f" FROM generate_series(1, {ROWS}) id WHERE random() * {share} <= 1"
                       f" ON CONFLICT (id) DO UPDATE SET version = {table}.version + 1")


def versions(server: KafkaServer, topic: str) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for message in server.read_topic(topic):
        row = history.parse_json((message.value or b"").decode())
        found.setdefault(int(row["id"]), []).append(int(row["version"]))
    return found


def check(name: str, found: dict[int, list[int]], last: dict[int, int]) -> None:
    for row, version in last.items():
        seen, every = found.get(row, []), list(range(1, version + 1))
        if name.startswith("off."):
            # What was in doubt comes again, and ends as it should.
            require(sorted(set(seen)) == every and seen[-1:] == every[-1:], f"{name}: row {row}: {seen}")
        else:
            require(seen == every, f"{name}: row {row}: {seen}, not 1 to {version}")
    require(set(found) == set(last), f"{name}: other rows")


def run(case: Case) -> None:
    port = lasting_port()
    server = KafkaServer(case.directory / "kafka",
                         {"advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}"})
    case.on_cleanup(server.cleanup)
    refuser = Refuser(server.ports["PLAINTEXT"], port, CHANCE, case.random.randrange(1 << 30))
    case.on_cleanup(refuser.close)
    server.start()
    postgres = case.postgres(with_tables=False)
    for table in TABLES:
        postgres.query(f"CREATE TABLE {table} (id int PRIMARY KEY, version int NOT NULL, filler text)")
    daemon = case.slotcast(postgres.uri())
    for name, settings in SINKS.items():
        kafka_sink.add(daemon, name, [f"127.0.0.1:{port}"], properties=SMALL, **settings)
    daemon.start()
    daemon.wait_ready()
    change(case, postgres)
    kafka_sink.wait_delivered(daemon, SINKS)
    said = {name: sum(SAYS in line and f" sink {name}: " in line for line in daemon.stderr().splitlines())
            for name in SINKS}
    daemon.stop()
    for table in TABLES:
        last = {int(row): int(version)
                for row, version in postgres.query(f"SELECT id, version FROM {table}")}
        for name in SINKS:
            check(f"{name}.public.{table}", versions(server, f"{name}.public.{table}"), last)
    # In a transaction a partition is made known first, and then much goes at once: it is rare there.
    require(said["off"] > 0, f"nothing was taken out of order: {said}\n{daemon.stderr()}")
    case.counts |= {"refused": refuser.refused, "sent again": sum(said.values())}


if __name__ == "__main__":
    main(__doc__, run)
