#!/usr/bin/env python3
"""How long after a commit its transaction is durable in slotcast's log, under 1,000 tx/s.

pgbench commits at the given rate; beside it one client commits a row, takes the WAL position, and
asks the admin server until `logged` has passed it. The time from the commit's answer to that answer
holds one HTTP round trip, so it is an upper bound.   latency.py --slotcast build/release/slotcast
"""
import argparse
import http.client
import json
import os
import subprocess
import time

import psycopg2

from cluster import BIN, Cluster

PORT = 18799
CONFIG = """name: latency
state: {work}/state
source: {{ postgres: "postgresql://bench@/postgres?host={root}&port={port}" }}
admin: {{ listen: "127.0.0.1:{admin}" }}
sinks:
  lake: {{ stage: {{ url: "file://{work}/stage", pattern: "%U.jsonl" }}, batch: {{ every: 1s }}, start: now }}
routes: [ {{ from: public.*, to: lake }} ]
"""


def lsn(text):
    high, low = text.split("/")
    return int(high, 16) << 32 | int(low, 16)


def logged(admin):
    admin.request("GET", "/v1/status")
    return json.loads(admin.getresponse().read())["capture"]["logged"]


def wait_ready():
    for _ in range(200):
        try:
            admin = http.client.HTTPConnection("127.0.0.1", PORT)
            admin.request("GET", "/readyz")
            if admin.getresponse().read() == b"ready\n":
                return admin
        except OSError:
            pass
        time.sleep(0.05)
    raise SystemExit("slotcast did not become ready")


def sample(cluster, admin, seconds):
    connection = psycopg2.connect(host=cluster.root, port=cluster.port, user="bench", dbname="postgres")
    connection.autocommit = True
    cursor = connection.cursor()
    times = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        cursor.execute("INSERT INTO sampled VALUES (1)")
        committed = time.monotonic()
        cursor.execute("SELECT pg_current_wal_insert_lsn()")
        target = lsn(cursor.fetchone()[0])  # behind our commit; others may have moved it on
        while lsn(logged(admin) or "0/0") < target:
            pass
        times.append((time.monotonic() - committed) * 1000)
        time.sleep(0.01)
    return sorted(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slotcast", required=True)
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--rate", type=int, default=1000)
    options = parser.parse_args()
    with Cluster(port=54393, fsync="on") as cluster:
        cluster.sql("CREATE TABLE sampled (a int)")
        cluster.sql("CREATE TABLE load (a int)")
        work = f"{cluster.root}/work"
        os.makedirs(f"{work}/stage")
        with open(f"{work}/p.yaml", "w") as out:
            out.write(CONFIG.format(work=work, root=cluster.root, port=cluster.port, admin=PORT))
        with open(f"{work}/load.sql", "w") as out:
            out.write("INSERT INTO load VALUES (1);\n")
        daemon = subprocess.Popen([options.slotcast, "run", "-c", f"{work}/p.yaml"],
                                  stderr=subprocess.DEVNULL)
        admin = wait_ready()
        load = subprocess.Popen(
            [f"{BIN}/pgbench", "-h", cluster.root, "-p", str(cluster.port), "-U", "bench", "-n", "-c", "4",
             "-R", str(options.rate), "-T", str(options.seconds + 2), "-f", f"{work}/load.sql", "postgres"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(1)
        times = sample(cluster, admin, options.seconds)
        load.wait()
        daemon.terminate()
        daemon.wait()
    at = lambda share: times[min(len(times) - 1, int(len(times) * share))]
    print(f"{len(times)} samples at {options.rate} tx/s: p50 {at(0.5):.2f} ms, p90 {at(0.9):.2f} ms, "
          f"p99 {at(0.99):.2f} ms")


if __name__ == "__main__":
    main()
