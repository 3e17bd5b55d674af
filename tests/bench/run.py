#!/usr/bin/env python3
"""Drains the same backlog with pg_recvlogical and with slotcast, in turns, and prints medians.

Every run reads a copy of one slot, so the server decodes the same WAL again; each round runs the
reference once and every mode once, so that what else the machine does falls on all alike. A ratio
is the reference's wall time over the mode's in the same round.

    tests/bench/run.py --slotcast build/release/slotcast [--rows 2000000] [--rounds 5]
"""
import argparse
import os
import shutil
import statistics
import subprocess
import time

from cluster import BIN, Cluster

MODES = ["log only", "1 sink", "4 sinks", "16 sinks", "16 sinks, 1/16 each"]


def peak_mib(pid):
    """The kernel's own high-water mark; what wait4 reports holds this interpreter's size as well."""
    try:
        with open(f"/proc/{pid}/status") as status:
            for line in status:
                if line.startswith("VmHWM"):
                    return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0


def run_child(command, env=None):
    """Wall seconds, CPU seconds and peak resident MiB of one command that must end with 0."""
    began = time.monotonic()
    child = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    peak = 0
    pid = 0
    while pid == 0:
        time.sleep(0.02)
        peak = max(peak, peak_mib(child.pid))
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
    wall = time.monotonic() - began
    text = child.stderr.read().decode()
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"{command[0]} ended with {child.returncode}:\n{text}")
    return wall, usage.ru_utime + usage.ru_stime, peak


def reference(cluster, transport, end):
    env = dict(os.environ, PGOPTIONS="-c wal_sender_timeout=60s")
    return run_child(
        [f"{BIN}/pg_recvlogical", "-h", cluster.host(transport), "-p", str(cluster.port),
         "-U", "bench", "-d", "postgres", "--slot", "run", "--start", "-f", "/dev/null",
         "-o", "proto_version=1", "-o", "publication_names=bench,bench_insert",
         "-o", "messages=true", "--endpos", end, "--no-loop"], env)


def configuration(cluster, transport, mode, work):
    if transport == "unix":
        uri = f"postgresql://bench@/postgres?host={cluster.root}&port={cluster.port}"
    else:
        uri = f"postgresql://bench@127.0.0.1:{cluster.port}/postgres?sslmode=disable"
    count = {"log only": 0, "1 sink": 1, "4 sinks": 4}.get(mode, 16)
    lines = ["name: bench", f"state: {work}/state", "source:", f'  postgres: "{uri}"',
             "  slot: run", "  publication: bench", "  adopt: true", "admin: { listen: off }",
             "sinks:"]
    # A pipeline has a sink. One that no table reaches: the log is written and let go, that is all.
    if count == 0:
        lines.append("  none: { 'null': {}, start: log }")
    for i in range(count):
        stage = f"{work}/stage{i}"
        os.makedirs(stage)
        lines.append(f'  s{i}: {{ stage: {{ url: "file://{stage}", '
                     'pattern: "{table}-%U.jsonl" }, start: log }')
    lines.append("routes:")
    if count == 0:
        lines.append("  - { from: none.*, to: none }")
    for i in range(count):
        table = f"w{i}" if mode == "16 sinks, 1/16 each" else "*"
        lines.append(f"  - {{ from: public.{table}, to: s{i} }}")
    path = f"{work}/pipeline.yaml"
    with open(path, "w") as out:
        out.write("\n".join(lines) + "\n")
    return path


def count_lines(work):
    total = 0
    for root, folders, files in os.walk(work):
        folders[:] = set(folders) - {"_manifest"}
        for name in files:
            if name.endswith(".jsonl"):
                with open(os.path.join(root, name), "rb") as lines:
                    chunks = iter(lambda: lines.read(1 << 20), b"")
                    total += sum(chunk.count(b"\n") for chunk in chunks)
    return total


def slotcast(cluster, binary, transport, mode, end, rows):
    work = f"{cluster.root}/work"
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    path = configuration(cluster, transport, mode, work)
    result = run_child([binary, "run", "-c", path, "--until", end])
    expected = {"log only": 0, "1 sink": 1, "4 sinks": 4, "16 sinks": 16}.get(mode, 1) * rows
    lines = count_lines(work)
    if lines != expected:
        raise SystemExit(f"{mode}: {lines} rows in the files instead of {expected}")
    shutil.rmtree(work, ignore_errors=True)
    return result


def measure(cluster, action):
    before = cluster.children_cpu_seconds()
    cluster.copy_slot("run")
    result = action()
    for _ in range(100):
        if cluster.sql("SELECT active FROM pg_replication_slots WHERE slot_name = 'run'") == "f":
            break
        time.sleep(0.05)
    cluster.drop_slot("run")
    return result + (cluster.children_cpu_seconds() - before,)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slotcast", required=True)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--modes", default=",".join(str(i) for i in range(len(MODES))))
    parser.add_argument("--transports", default="unix,tcp")
    options = parser.parse_args()
    modes = [MODES[int(i)] for i in options.modes.split(",")]
    binary = os.path.abspath(options.slotcast)
    with Cluster() as cluster:
        end = cluster.make_backlog(options.rows)
        print("| transport | mode | rows/s | ratio (min-max) | CPU-s/M "
              "| walsender CPU-s/M | RSS MiB |")
        print("|---|---|---|---|---|---|---|")
        for transport in options.transports.split(","):
            table(cluster, binary, transport, modes, end, options)


def table(cluster, binary, transport, modes, end, options):
    runs = {mode: [] for mode in ["pg_recvlogical"] + modes}
    for _ in range(options.rounds):
        runs["pg_recvlogical"].append(measure(cluster, lambda: reference(cluster, transport, end)))
        for mode in modes:
            runs[mode].append(measure(
                cluster, lambda: slotcast(cluster, binary, transport, mode, end, options.rows)))
    walls = [run[0] for run in runs["pg_recvlogical"]]
    millions = options.rows / 1e6
    for mode, results in runs.items():
        wall, cpu, rss, sender = (statistics.median(column) for column in zip(*results))
        ratios = [reference / run[0] for reference, run in zip(walls, results)]
        print(f"| {transport} | {mode} | {options.rows / wall:,.0f} "
              f"| {statistics.median(ratios):.2f} "
              f"({min(ratios):.2f}-{max(ratios):.2f}) | {cpu / millions:.2f} | "
              f"{sender / millions:.2f} | {rss:.0f} |", flush=True)


if __name__ == "__main__":
    main()
