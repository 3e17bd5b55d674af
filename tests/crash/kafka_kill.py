#!/usr/bin/python3
"""SIGKILL of the daemon and of the broker under load: a consumer that reads what is committed sees
every row once, in order within each partition, and each key in one partition.

The broker is Apache's own, the consumer kcat; what should be there says test_decoding.
"""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))

from harness import compare, kafka_rows  # noqa: E402
from harness.case import Case, main  # noqa: E402
from harness.kafka import KafkaServer  # noqa: E402
from harness.oracle import Oracle  # noqa: E402
from harness.processes import require  # noqa: E402
from harness.workload import KEYS  # noqa: E402

# Its dates and the like have texts of their own in messages; the formats' tests look at them.
TABLES = [table for table in KEYS if table != "public.types"]
COMPARE_EVERY = 20


def configure(case: Case, server: KafkaServer, uri: str):
    daemon = case.slotcast(uri)
    for name, settings, batch in (
            ("one", {"topics": {"partitions": 3}}, {"every": "100ms"}),
            # Every larger batch is committed in parts.
            ("parts", {"max_transaction": "1MiB", "partition": "single", "compression": "zstd"},
             {"every": "700ms"})):
        daemon.config["sinks"][name] = {
            "kafka": {"brokers": [server.bootstrap()], "format": "json", "topic": name + ".{schema}.{table}",
                      "answer_timeout": "10s", "transaction_timeout": "20s", **settings},
            "start": "now", "batch": batch}
        daemon.config["routes"].append({"from": TABLES, "to": [name]})
    # A change's number counts all that is published.
    daemon.config["sinks"]["rest"] = {"null": {}, "start": "now"}
    daemon.config["routes"].append({"from": "public.*", "to": ["rest"]})
    return daemon


def check(server: KafkaServer, oracle: Oracle, until_end: bool) -> list[int]:
    expected = {position: change for position, change in oracle.read().items()
                if change.table in TABLES}
    counts = []
    for name in ("one", "parts"):
        files = kafka_rows.read_rows(server, name + ".")
        counts.append(compare.compare_rows(name, files, expected, until_end))
    require(len(expected) > 0, "the load made no change at all")
    return [len(expected), *counts]


def run(case: Case) -> None:
    server = KafkaServer(case.directory / "kafka")
    case.on_cleanup(server.cleanup)
    server.start()
    postgres = case.postgres()
    oracle = Oracle(postgres)
    daemon = configure(case, server, postgres.uri())
    daemon.start()
    daemon.wait_ready()
    load = case.workload(postgres, rows_per_second=case.arguments.rows_per_second)
    load.start()
    victims = ["daemon"] * case.arguments.kills + ["broker"] * case.arguments.broker_kills
    case.random.shuffle(victims)
    for turn, victim in enumerate(victims, 1):
        daemon.run_for(case.random.uniform(0.2, 2.5))
        load.check()
        if victim == "daemon":
            daemon.kill()
            daemon.start()
        else:
            server.kill()
            daemon.run_for(case.random.uniform(0, 1))
            server.start()
        if turn % COMPARE_EVERY == 0:
            load.stop()
            print(f"  {turn} kills: rows committed, and delivered: {check(server, oracle, False)}",
                  flush=True)
            load = case.workload(postgres, after=load, rows_per_second=case.arguments.rows_per_second)
            load.start()
    load.stop()
    daemon.wait_ready()
    daemon.stop()
    daemon.drain()
    case.counts["rows"], *_ = check(server, oracle, True)
    case.counts |= {"kills of the daemon": case.arguments.kills,
                    "kills of the broker": case.arguments.broker_kills}


def extend(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--broker-kills", type=int, default=2)
    parser.add_argument("--rows-per-second", type=float, default=500)


if __name__ == "__main__":
    main(__doc__, run, extend)
