#!/usr/bin/python3
"""A stage on the real disk: killed at each system call of its batches, and measured.

strace kills the writer when it enters its n-th call of one kind, for every kind that changes the
disk and every n; the next life is killed as well, at a call drawn at random, with the clock set
back; the one behind it must find each row once, each file once in the manifest, nothing unfinished.
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

CALLS = ("openat2", "pwrite64", "fsync", "fdatasync", "renameat2", "mkdirat", "unlinkat", "ftruncate")
BATCHES, ROWS = 3, 4
MEMORY_LIMIT_MIB = 64
NOW_S = 1_795_219_612


class Wrong(Exception):
    pass


def command(writer, root, batches=BATCHES, rows=ROWS, row_bytes=24, compress="none", now=NOW_S):
    return [writer, f"file://{root}/stage", str(root / "state"), str(batches), str(rows), str(row_bytes),
            compress, str(now), "2", "1"]


def make_root(parent):
    root = pathlib.Path(tempfile.mkdtemp(dir=parent))
    (root / "stage").mkdir()
    (root / "state").mkdir()
    return root


def killed(arguments, call, number):
    """Whether there was such a call; the process is dead at it then."""
    inject = f"inject={call}:signal=KILL:when={number}"
    done = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", inject,
                           *arguments], capture_output=True, text=True, timeout=60)
    if done.returncode == 0:
        return False
    if done.returncode not in (-9, 137):
        raise Wrong(f"{call} {number}: ended with {done.returncode}: {done.stderr}")
    return True


def read_manifest(stage):
    path = stage / "_manifest" / "shop-lake.jsonl"
    entries = [json.loads(line) for line in path.read_text().splitlines()]
    by_file = {entry["file"]: entry for entry in entries}
    if len(by_file) != len(entries):
        raise Wrong("a file is in the manifest twice")
    return by_file


def check(root):
    stage = root / "stage"
    manifest = read_manifest(stage)
    paths = [path for table in ("table1", "table2") for path in (stage / table).iterdir()]
    files = {str(path.relative_to(stage)): path for path in paths}
    if set(files) != set(manifest):
        raise Wrong(f"files {sorted(files)}, manifest {sorted(manifest)}")
    found = []
    for name, path in files.items():
        rows = [json.loads(line)["_seq"] for line in path.read_text().splitlines()]
        entry = manifest[name]
        if entry["rows"] != len(rows) or entry["bytes"] != path.stat().st_size:
            raise Wrong(f"{name}: {entry}")
        if (entry["first"]["seq"], entry["last"]["seq"]) != (min(rows), max(rows)):
            raise Wrong(f"{name}: {entry}")
        if not (stage / "_manifest" / "schemas" / (entry["schema_version"] + ".json")).exists():
            raise Wrong(f"{name}: its schema is missing")
        found += rows
    if sorted(found) != list(range(1, BATCHES * ROWS + 1)):
        raise Wrong(f"rows {sorted(found)}")
    left = {path.name for path in (stage / ".slotcast" / "shop-lake").iterdir()}
    if left != {"id", "lock"}:
        raise Wrong(f"left over: {left}")


def kill_everywhere(writer, work, seed):
    chance = random.Random(seed)
    kills = 0
    for call in CALLS:
        for number in range(1, 10_000):
            root = make_root(work)
            try:
                if not killed(command(writer, root), call, number):
                    break
                kills += 1
                kills += killed(command(writer, root, now=NOW_S - 86_400), chance.choice(CALLS),
                                chance.randint(1, 12))
                subprocess.run(command(writer, root), check=True, timeout=60)
                check(root)
            except Wrong as wrong:
                raise Wrong(f"killed at {call} {number}: {wrong}") from wrong
            finally:
                shutil.rmtree(root)
    return kills


def memory_of(writer, work, mib, compress):
    """The most memory that one batch of so many MiB took, in MiB."""
    root = make_root(work)
    arguments = command(writer, root, 1, mib * 1024, 1000, compress)
    process = subprocess.Popen(arguments)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise Wrong(f"the writer ended with {status}")
    stored = sum(path.stat().st_size for path in (root / "stage").rglob("*.jsonl*"))
    shutil.rmtree(root)
    print(f"{mib} MiB, {compress}: {stored >> 20} MiB stored, {usage.ru_maxrss / 1024:.1f} MiB resident")
    return usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("writer")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mib", type=int, default=300, help="size of the batch whose memory is measured")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        kills = kill_everywhere(arguments.writer, pathlib.Path(work), arguments.seed)
        print(f"killed {kills} times, each row is there once")
        if kills < 50:
            raise Wrong("too few kills to show anything")
        for compress in ("none", "gzip", "zstd"):
            if memory_of(arguments.writer, work, arguments.mib, compress) > MEMORY_LIMIT_MIB:
                raise Wrong(f"more than {MEMORY_LIMIT_MIB} MiB")


if __name__ == "__main__":
    try:
        main()
    except Wrong as wrong:
        sys.exit(f"FAILED: {wrong}")
