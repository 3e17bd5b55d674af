#!/usr/bin/env python3
"""The initial snapshot's rate over that of COPY to nowhere with as many connections, in turns.

    tests/bench/snapshot.py --slotcast build/release/slotcast [--rows 4000000] [--rounds 5]

The reference is psql's COPY of the same table, a range of pages for each connection, to /dev/null.
Ours is from the line "copying" to the line "copied" in the log: every row in a synced file.
"""
import argparse
import datetime
import os
import re
import shutil
import statistics
import subprocess
import time

from cluster import BIN, Cluster
from run import run_child

WORKERS = 2
CONFIG = """name: bench
state: {work}/state
source:
  postgres: "postgresql://bench@/postgres?host={root}&port={port}"
  snapshot: {{ workers: {workers}, max_size: 100GiB }}
admin: {{ listen: off }}
sinks: {{ none: {{ 'null': {{}}, start: snapshot }} }}
routes: [ {{ from: public.w0, to: none }} ]
"""


def fill(cluster, rows):
    cluster.sql("CREATE TABLE w0 (id int8 PRIMARY KEY, customer int8, name text, note text,"
                " price numeric(12,2), changed timestamptz, active bool, attributes jsonb,"
                " token uuid, quantity int)")
    cluster.sql("INSERT INTO w0 SELECT g, g::int8 * 7919, 'customer name ' || g % 1000,"
                " 'a note of usual length, number ' || g, (g % 10000 * 1.37)::numeric(12,2), now(),"
                " g % 2 = 0, jsonb_build_object('colour', 'blue', 'size', g % 9), gen_random_uuid(),"
                f" g % 100 FROM generate_series(1, {rows}) g")
    cluster.sql("VACUUM ANALYZE w0")
    cluster.sql("CHECKPOINT")


def reference(cluster, pages):
    """Wall seconds until all of them have ended."""
    began = time.monotonic()
    step = pages // WORKERS + 1
    copies = [subprocess.Popen(
        [f"{BIN}/psql", "-h", cluster.root, "-p", str(cluster.port), "-U", "bench", "-d", "postgres",
         "-qAtc", "COPY (SELECT * FROM w0 WHERE ctid >= '(%d,0)' AND ctid < '(%d,0)') TO STDOUT"
         % (first, first + step)], stdout=subprocess.DEVNULL)
        for first in range(0, pages, step)]
    for copy in copies:
        if copy.wait() != 0:
            raise SystemExit("COPY failed")
    return time.monotonic() - began


def at(text, word):
    stamp = re.search(r"^(\S+) info snapshot: " + word, text, re.MULTILINE).group(1)
    return datetime.datetime.fromisoformat(stamp.rstrip("Z"))


def ours(cluster, program):
    """Seconds of copying, CPU seconds and peak MiB of the whole run."""
    work = os.path.join(cluster.root, "work")
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    path = os.path.join(work, "pipeline.yaml")
    with open(path, "w") as out:
        out.write(CONFIG.format(work=work, root=cluster.root, port=cluster.port, workers=WORKERS))
    log = os.path.join(work, "log")
    _, cpu, peak = run_child(["sh", "-c", f"exec {program} run -c {path} --until now 2>{log}"])
    with open(log) as lines:
        text = lines.read()
    cluster.sql("SELECT pg_drop_replication_slot('slotcast_bench')")
    cluster.sql("DROP PUBLICATION slotcast_bench, slotcast_bench_insert")
    return (at(text, "copied") - at(text, "copying")).total_seconds(), cpu, peak


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--slotcast", required=True)
    parser.add_argument("--rows", type=int, default=4_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    program = os.path.abspath(arguments.slotcast)
    with Cluster(port=54392) as cluster:
        fill(cluster, arguments.rows)
        pages = int(cluster.sql("SELECT pg_relation_size('w0') / 8192"))
        reference(cluster, pages)  # the table is in memory for all that follow
        rounds = []
        for _ in range(arguments.rounds):
            copied = reference(cluster, pages)
            seconds, cpu, peak = ours(cluster, program)
            rounds.append((copied / seconds, arguments.rows / seconds, arguments.rows / copied,
                           cpu / arguments.rows * 1e6, peak))
        ratio, rate, theirs, cpu, peak = (statistics.median(column) for column in zip(*rounds))
        print(f"{arguments.rows} rows, {pages * 8 // 1024} MiB, {WORKERS} connections: "
              f"{rate:,.0f} rows/s, COPY to nowhere {theirs:,.0f}, ratio {ratio:.2f} "
              f"({min(r[0] for r in rounds):.2f}-{max(r[0] for r in rounds):.2f}), "
              f"{cpu:.2f} CPU-s/M with the sink's reading, {peak:.0f} MiB")


if __name__ == "__main__":
    main()
