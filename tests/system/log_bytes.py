#!/usr/bin/python3
"""The log's bytes are what FORMAT.md says, read by a program that knows only that, and they hold
what the server's own pgoutput gives, byte for byte; the worked example is a log as well."""

import pathlib
import re
import struct
import subprocess

from harness import log_files
from harness.case import Case, main
from harness.processes import require

FORMAT = pathlib.Path(__file__).parents[2] / "lib/log/FORMAT.md"
KILLS = 3
RATE = 400
BYTES_OPTIONS = "'proto_version', '1', 'publication_names', %s, 'messages', 'true'"


def code_blocks(title: str) -> list[str]:
    """The indented blocks below one heading."""
    section = FORMAT.read_text().split(f"\n## {title}\n")[1].split("\n## ")[0]
    return [match.group(0) for match in re.finditer(r"(?:^    .*\n)+", section, re.MULTILINE)]


def bytes_of_dump(dump: str) -> bytearray:
    data = bytearray()
    for line in dump.splitlines():
        at, hexadecimal = re.match(r"    ([0-9a-f]{8})  ((?:[0-9a-f]{2} ?){1,16})", line).groups()
        row = bytes.fromhex(hexadecimal)
        data.extend(bytes(int(at, 16) + len(row) - len(data)))
        data[int(at, 16):int(at, 16) + len(row)] = row
    return data


def check_example(case: Case) -> None:
    dump, text = code_blocks("A worked example")
    state = case.directory / "example"
    (state / "log").mkdir(parents=True)
    data = bytes_of_dump(dump)
    data.extend(bytes(-len(data) % 64))
    (state / "log/0000000000000001.seg").write_bytes(data)
    log_files.read_log(state / "log")
    for verb in ("verify", "cat"):
        done = subprocess.run([case.arguments.slotcast, "log", verb, "--state", state],
                              capture_output=True, text=True, check=False)
        require(done.returncode == 0, f"log {verb}: {done.stdout}{done.stderr}")
    printed = "".join(f"    {line}\n" for line in done.stdout.splitlines())
    require(printed == text, f"log cat prints\n{printed}instead of\n{text}")


def of_server(postgres, publications: str) -> tuple[list[list[bytes]], dict[bytes, set[bytes]]]:
    """Transactions without what each connection announces anew, and the Relation messages."""
    transactions: list[list[bytes]] = []
    relations: dict[bytes, set[bytes]] = {}
    rows = postgres.query(
        "SELECT data FROM pg_logical_slot_get_binary_changes('bytes', NULL, NULL, "
        f"{BYTES_OPTIONS})", publications)
    for message in (bytes(row[0]) for row in rows):
        if message[:1] == b"B":
            transactions.append([])
        if message[:1] == b"R":
            relations.setdefault(message[1:5], set()).add(message)
        elif message[:1] != b"Y":
            transactions[-1].append(message)
    return transactions, relations


def compare(case: Case, postgres, segments: list[log_files.Segment], publications: str) -> None:
    expected, relations = of_server(postgres, publications)
    start = struct.unpack(">Q", expected[0][0][1:9])[0]
    found = [transaction for transaction in log_files.committed(segments)
             if struct.unpack(">Q", transaction[0][1:9])[0] >= start]
    for number, (transaction, theirs) in enumerate(zip(found, expected)):
        mine = [message for message in transaction if message[:1] != b"Y"]
        require(mine == theirs, f"transaction {number} differs:\n{mine}\n{theirs}")
    require(len(found) == len(expected), f"{len(found)} transactions, not {len(expected)}")
    for segment in segments:
        for block in segment.blocks:
            for record in block.records:
                if record.type == log_files.RELATION and record.payload[5:9] in relations:
                    require(record.payload[4:] in relations[record.payload[5:9]],
                            f"record {record.number}: not a relation of the server's")
    case.counts |= {"transactions": len(found), "segments": len(segments),
                    "messages": sum(len(one) for one in found)}


def run(case: Case) -> None:
    check_example(case)
    postgres = case.postgres()
    daemon = case.slotcast(postgres.uri())
    daemon.config["log"]["keep"] = "1h"
    daemon.config["log"]["segment_size"] = "1MiB"
    daemon.add_sink("a", every="100ms")
    daemon.start()
    daemon.wait_ready()
    postgres.query("SELECT pg_create_logical_replication_slot('bytes', 'pgoutput')")
    load = case.workload(postgres, rows_per_second=RATE)
    load.start()
    for _ in range(KILLS):
        daemon.run_for(1)
        load.check()
        daemon.kill()
        daemon.start()
        daemon.wait_ready()
    load.stop()
    daemon.stop()
    daemon.drain()
    segments = log_files.read_log(daemon.state / "log")
    name = daemon.slot
    compare(case, postgres, segments, f"{name},{name}_insert")


if __name__ == "__main__":
    main(__doc__, run)
