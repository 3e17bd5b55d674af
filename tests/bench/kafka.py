#!/usr/bin/python3
"""Delivers one backlog of the log to Kafka, and the same number of messages of the same size by
librdkafka's own rdkafka_performance and by Kafka's kafka-producer-perf-test, in turns, against one broker
that has its files in memory and has taken as many messages before. A ratio is the reference's wall time
over ours in the same round, process start and end included. rdkafka_performance is run twice: its messages
spread over the partitions as ours are by their keys, and as it does by itself.

    tests/bench/kafka.py --slotcast build/release/slotcast [--rows 6000000] [--rounds 5]
"""
import argparse
import gzip
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

from cluster import Cluster
from run import run_child

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "system"))

from harness.kafka import KafkaServer, kafka_folder  # noqa: E402

EXAMPLE = pathlib.Path("/usr/share/doc/librdkafka-dev/examples/rdkafka_performance.c")
PARTITIONS = 4
MEMORY = "/dev/shm"  # the disk of this machine is not what is measured
BROKER = {"log.segment.delete.delay.ms": "1000"}
# What the example takes from headers of librdkafka's source tree that are not installed.
INTERNALS = r"""
#pragma once
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
typedef int64_t rd_ts_t;
#define RD_MAX(a, b) ((a) > (b) ? (a) : (b))
#define RD_MIN(a, b) ((a) < (b) ? (a) : (b))
#define rd_snprintf snprintf
static inline rd_ts_t rd_clock(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (rd_ts_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
"""


def build_reference(folder):
    source = folder / "rdkafka_performance.c"
    packed = EXAMPLE.with_suffix(".c.gz")
    source.write_bytes(gzip.decompress(packed.read_bytes()) if packed.exists() else EXAMPLE.read_bytes())
    text = source.read_text().replace('"../src/rd.h"', '"rd.h"')
    source.write_text(text.replace('"rdkafka.h"', "<librdkafka/rdkafka.h>"))
    (folder / "rd.h").write_text(INTERNALS)
    (folder / "rdtime.h").write_text("")
    program = folder / "rdkafka_performance"
    subprocess.run(["cc", "-O2", "-w", "-o", program, source, "-lrdkafka", "-lm", "-lrt"], check=True)
    return str(program)


def reference(program, server, topic, rows, size, spread):
    """It knows no transactions. `spread`: over the partitions, message by message, as keys do; else
    librdkafka puts all messages of 10 ms into one, which costs less."""
    settings = ["enable.idempotence=true", "linger.ms=5", "queue.buffering.max.messages=1000000",
                "queue.buffering.max.kbytes=65536"]
    if spread:
        settings.append("sticky.partitioning.linger.ms=0")
    words = [word for setting in settings for word in ("-X", setting)]
    return run_child([program, "-P", "-t", topic, "-b", server.bootstrap(), "-c", str(rows), "-s", str(size),
                      "-a", "-1", *words])


def fetch_perf_test(folder):
    """Kafka's tools, of the version of the broker; what they need is there with it."""
    jars = pathlib.Path(kafka_folder()) / "jars"
    version = next(jars.glob("kafka-clients-*.jar")).stem.removeprefix("kafka-clients-")
    artifact = f"-Dartifact=org.apache.kafka:kafka-tools:{version}"
    subprocess.run(["mvn", "-B", "-q", "dependency:copy", artifact, f"-DoutputDirectory={folder}/tools"],
                   check=True, cwd=folder)
    return ["java", "-Xmx512m", "-cp", f"{folder}/tools/*:{jars}/*",
            "org.apache.kafka.tools.ProducerPerformance"]


def perf_test(program, server, topic, rows, size, transactions):
    """As it is fastest here. Its transactions are as long as ours while we are behind."""
    settings = [f"bootstrap.servers={server.bootstrap()}", "acks=all", "enable.idempotence=true",
                "linger.ms=5", "batch.size=262144", "buffer.memory=67108864", "compression.type=none"]
    words = ["--transactional-id", topic, "--transaction-duration-ms", "1000"] if transactions else []
    return run_child([*program, "--topic", topic, "--num-records", str(rows), "--record-size", str(size),
                      "--throughput", "-1", "--producer-props", *settings, *words])


def configuration(cluster, work, sink):
    lines = ["name: bench", f"state: {work}/state", "source:",
             f'  postgres: "postgresql://bench@/postgres?host={cluster.root}&port={cluster.port}"',
             "  slot: run", "  publication: bench", "  adopt: true", "log: { keep: 72h }",
             "admin: { listen: off }", "sinks:", "  none: { 'null': {}, start: log }"]
    routes = ["routes:", "  - { from: public.*, to: none }"]
    if sink:
        lines.append(f"  events: {{ kafka: {sink}, start: log }}")
        routes.append("  - { from: public.*, to: events }")
    path = f"{work}/pipeline.yaml"
    pathlib.Path(path).write_text("\n".join(lines + routes) + "\n")
    return path


def deliver(cluster, binary, server, full, topic, settings, end):
    """From a log that has all of it."""
    work = pathlib.Path(cluster.root) / "work"
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(full, work)
    cluster.drop_slot("run")  # the last run has moved it on
    cluster.copy_slot("run", "full")
    server.create_topic(topic, PARTITIONS)
    path = configuration(cluster, work, f'{{ brokers: ["{server.bootstrap()}"], topic: "{topic}", '
                         f"compression: none, {settings} }}")
    return run_child([binary, "run", "-c", path, "--until", end])


def sizes(server, topic):
    """Messages that are committed, and the mean bytes of key and value, as kcat says."""
    with subprocess.Popen(["kcat", "-C", "-q", "-e", "-b", server.bootstrap(), "-t", topic, "-o", "beginning",
                           "-X", "isolation.level=read_committed", "-f", "%K %S\n"],
                          stdout=subprocess.PIPE) as kcat:
        sizes_of = [sum(int(size) for size in line.split()) for line in kcat.stdout]
    if kcat.returncode != 0:
        raise SystemExit(f"kcat ended with {kcat.returncode}")
    return len(sizes_of), sum(sizes_of) // len(sizes_of)


REFERENCES = {"spread": "spread", "lumped": "lumped", "java": "perf-test"}
MODES = {"json": "format: json", "debezium": "format: debezium, debezium: { tombstones: false }",
         "json, transactions: off": "format: json, transactions: off, headers: []"}


def turn(options, cluster, server, programs, end, topic, settings, found):
    """Ours and the references once, in turns; appends (wall, CPU, MiB) of each to `found`."""
    full = pathlib.Path(cluster.root) / "full"
    found["ours"].append(deliver(cluster, options.slotcast, server, full, topic, settings, end))
    if "size" not in found:
        count, found["size"] = sizes(server, topic)
        if count != options.rows:
            raise SystemExit(f"{topic}: {count} messages instead of {options.rows}")
    server.delete_topic(topic)
    for name, spread in (("spread", True), ("lumped", False)):
        server.create_topic(f"{topic}-{name}", PARTITIONS)
        found[name].append(reference(programs[0], server, f"{topic}-{name}", options.rows, found["size"],
                                     spread))
        server.delete_topic(f"{topic}-{name}")
    server.create_topic(f"{topic}-java", PARTITIONS)
    found["java"].append(perf_test(programs[1], server, f"{topic}-java", options.rows, found["size"],
                                   "transactions: off" not in settings))
    server.delete_topic(f"{topic}-java")


def columns(rows, found):
    def rate(name):
        return f"{rows / statistics.median(wall for wall, _, _ in found[name]):,.0f}"

    def ratio(name):
        ratios = [their[0] / our[0] for our, their in zip(found["ours"], found[name])]
        return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"

    def cpu(name):
        return f"{statistics.median(cpu for _, cpu, _ in found[name]) * 1e6 / rows:.2f}"

    return [str(found["size"]), rate("ours"), cpu("ours"),
            f"{statistics.median(mib for _, _, mib in found['ours']):.0f}",
            *(column(name) for name in REFERENCES for column in (rate, cpu, ratio))]


def measure(options, cluster, server, programs, end):
    full = pathlib.Path(cluster.root) / "full"
    full.mkdir()
    cluster.copy_slot("run")
    run_child([options.slotcast, "run", "-c", configuration(cluster, full, None), "--until", end])
    cluster.copy_slot("full", "run")
    head = ["format", "bytes a message", "rows/s", "CPU-s/M", "RSS MiB"]
    for name in REFERENCES.values():
        head += [f"{name} rows/s", "CPU-s/M", "ratio (min-max)"]
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head), flush=True)
    # Java compiles what is hot.
    turn(options, cluster, server, programs, end, "warm", MODES["json"],
         {"ours": [], **{name: [] for name in REFERENCES}})
    for number, (mode, settings) in enumerate(MODES.items()):
        found = {"ours": [], **{name: [] for name in REFERENCES}}
        for round_number in range(options.rounds):
            turn(options, cluster, server, programs, end, f"bench-{number}-{round_number}", settings, found)
        print("| " + " | ".join([mode, *columns(options.rows, found)]) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slotcast", required=True, type=os.path.abspath)
    parser.add_argument("--rows", type=int, default=6_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="slotcast-bench-kafka-", dir=MEMORY) as folder, \
            Cluster() as cluster:
        folder = pathlib.Path(folder)
        server = KafkaServer(folder / "kafka", BROKER)
        server.start()
        try:
            programs = build_reference(folder), fetch_perf_test(folder)
            end = cluster.make_backlog(options.rows)
            measure(options, cluster, server, programs, end)
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
