#!/usr/bin/python3
"""SIGKILL of the daemon and of the broker under load: a consumer that reads what is committed sees
every row once, in order within each partition, and each key in one partition; one partition for all tables
has the order of all transactions. Without transactions rows may come twice, told by their headers.

The broker is Apache's own, the consumer kcat; what should be there says test_decoding.
"""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))

from harness import compare, history, kafka_rows, stage  # noqa: E402
from harness.case import Case, main  # noqa: E402
from harness.kafka import KafkaServer  # noqa: E402
from harness.oracle import Oracle  # noqa: E402
from harness.processes import require  # noqa: E402
from harness.workload import KEYS  # noqa: E402

# Its dates and the like have texts of their own in messages; the formats' tests look at them.
TABLES = [table for table in KEYS if table != "public.types"]
COMPARE_EVERY = 20
# What a killed daemon has left open is given up.
SOON = {"transaction_timeout": "20s"}


def configure(case: Case, server: KafkaServer, uri: str):
    daemon = case.slotcast(uri)
    for name, settings, batch in (
            ("one", {"topics": {"partitions": 3}, **SOON}, {"every": "100ms"}),
            # Every larger batch is committed in parts.
            ("parts", {"max_transaction": "1MiB", "partition": "single", "compression": "zstd", **SOON},
             {"every": "700ms"}),
            ("order", {"topic": "order", "partition": "single", "headers": ["_schema", "_table"], **SOON},
             {"every": "150ms"}),
            ("loose", {"transactions": "off", "topics": {"partitions": 2}}, {"every": "200ms"})):
        daemon.config["sinks"][name] = {
            "kafka": {"brokers": [server.bootstrap()], "format": "json", "topic": name + ".{schema}.{table}",
                      "answer_timeout": "10s", **settings},
            "start": "now", "batch": batch}
        daemon.config["routes"].append({"from": TABLES, "to": [name]})
    # A change's number counts all that is published.
    daemon.config["sinks"]["rest"] = {"null": {}, "start": "now"}
    daemon.config["routes"].append({"from": "public.*", "to": ["rest"]})
    return daemon


def read_order(server: KafkaServer) -> list[stage.StageFile]:
    """All tables in one partition: as one file, whose rows rise."""
    lines = []
    for message in server.read_topic("order"):
        table = b".".join(message.header(name) or b"" for name in ("_schema", "_table")).decode()
        lines.append(kafka_rows.line_of("order", table, message))
    return [stage.StageFile("order", "order", lines)] if lines else []


def read_loose(server: KafkaServer) -> tuple[list[stage.StageFile], int]:
    """The first of each row, and how many came again."""
    files, again = [], 0
    for table in TABLES:
        first: dict[tuple[int, history.Position], stage.Line] = {}
        for message in server.read_topic(f"loose.{table}"):
            line = kafka_rows.line_of(f"loose.{table}", table, message)
            headers = [(message.header(name) or b"").decode() for name in ("_lsn", "_seq")]
            require((history.parse_lsn(headers[0]), int(headers[1])) == line.change.position,
                    f"{line.place}: headers {headers}")
            place = (message.partition, line.change.position)
            again += place in first
            before = first.setdefault(place, line)
            require(before.change == line.change, f"{line.place} is another row than {before.place}")
        for partition in {number for number, _ in first}:
            lines = [line for (number, _), line in first.items() if number == partition]
            files.append(stage.StageFile(f"loose.{table}/{partition}", f"{table}/{partition}", lines))
    kafka_rows.check_partitions(files)
    return files, again


def check(server: KafkaServer, oracle: Oracle, until_end: bool) -> tuple[list[int], int]:
    expected = {position: change for position, change in oracle.read().items()
                if change.table in TABLES}
    counts = []
    for name in ("one", "parts"):
        files = kafka_rows.read_rows(server, name + ".")
        counts.append(compare.compare_rows(name, files, expected, until_end))
    counts.append(compare.compare_rows("order", read_order(server), expected, until_end))
    loose, again = read_loose(server)
    counts.append(compare.compare_rows("loose", loose, expected, until_end))
    require(len(expected) > 0, "the load made no change at all")
    return [len(expected), *counts], again


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
            rows, again = check(server, oracle, False)
            print(f"  {turn} kills: rows committed, and delivered: {rows}; twice without transactions: "
                  f"{again}", flush=True)
            load = case.workload(postgres, after=load, rows_per_second=case.arguments.rows_per_second)
            load.start()
    load.stop()
    daemon.wait_ready()
    daemon.stop()
    daemon.drain()
    rows, again = check(server, oracle, True)
    case.counts |= {"rows": rows[0], "twice without transactions": again,
                    "kills of the daemon": case.arguments.kills,
                    "kills of the broker": case.arguments.broker_kills}


def extend(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--broker-kills", type=int, default=2)
    parser.add_argument("--rows-per-second", type=float, default=500)


if __name__ == "__main__":
    main(__doc__, run, extend)
