#!/usr/bin/python3
"""Programs that we did not write read every type and every nasty text back as the table has it.

Half of the rows come by the snapshot, half by the stream, with updates and deletes, to two stages of
CSV and two of JSON lines. PostgreSQL's COPY and DuckDB read CSV, DuckDB and simdjson JSON lines.
PostgreSQL compares what they read with the table.
"""

import argparse
import concurrent.futures
import os
import random
import subprocess
import time

from harness import readers
from harness.case import Case, main
from harness.compare_read import compare, digest_source, fold
from harness.postgres import Postgres
from harness.processes import need_program, require
from harness.readers import Reader, Sink
from harness.slotcast import Slotcast
from harness.typed_columns import COLUMNS
from harness.typed_rows import insert_sql, make_tables, uncovered_types, update_sql

SINKS = [
    Sink("plain", "csv"),
    Sink("other", "csv", "gzip", meta=["_unchanged", "_op", "_xid", "_seq", "_lsn", "_ts"],
         csv={"separator": ";", "enclosure": "'", "escape": "\\", "line_end": "\r\n", "header": True,
              "null": ""}),
    Sink("lines", "jsonl", "zstd"),
    Sink("nulls", "jsonl", "gzip", meta=["_xid", "_ts", "_seq", "_lsn", "_op"],
         jsonl={"line_end": "\r\n", "nan": "null"}),
]
SETTINGS = {"shared_buffers": "256MB", "max_wal_size": "4GB", "autovacuum": "off", "jit": "off",
            "synchronous_commit": "off", "work_mem": "'128MB'", "maintenance_work_mem": "'128MB'",
            "wal_sender_timeout": "60s"}
ROWS_OF_A_STEP = 5000


class Load:
    """The rows of the table, and how many changes of each kind there are to be."""

    def __init__(self, postgres: Postgres, seed: int, rows: int):
        self._cursor = postgres.connect().cursor()
        self._cursor.execute("SELECT setseed(%s)", [seed / 1_000_000])
        self._half = rows // 2
        self._rows = rows
        self.changes = {"r": 0, "c": 0, "u": 0, "d": 0}

    def _run(self, kind: str, sql: str) -> None:
        self._cursor.execute(sql)
        self.changes[kind] += self._cursor.rowcount

    def before(self) -> None:
        for first in range(1, self._half + 1, ROWS_OF_A_STEP):
            self._run("r", insert_sql(first, min(first + ROWS_OF_A_STEP - 1, self._half)))

    def stream(self) -> None:
        """Of rows old and new; some are changed twice, some deleted and made again."""
        for first in range(self._half + 1, self._rows + 1, ROWS_OF_A_STEP):
            last = min(first + ROWS_OF_A_STEP - 1, self._rows)
            self._run("c", insert_sql(first, last))
            for start, end in ((first - self._half, last - self._half), (first, last)):
                self._run("u", update_sql(start, end, 20))
                these = f"WHERE id BETWEEN {start} AND {end} AND id"
                self._run("u", f"UPDATE typed SET c_int4 = -7 {these} % 20 < 3")
                self._run("d", f"DELETE FROM typed {these} % 50 = 7")
                self._run("c", insert_sql(start + 6, end, 250))


def check(reader: Reader, postgres: Postgres, wanted: dict[str, int]) -> str:
    began = time.monotonic()
    reader.make_table()
    reader.read()
    found = {"r": 0, "c": 0, "u": 0, "d": 0}
    found.update(postgres.query(f"SELECT _op, count(*) FROM {reader.table} GROUP BY 1"))
    require(found == wanted, f"{reader.name}: read {found}, the table had {wanted}")
    require(sum(found.values()) == reader.files.rows,
            f"{reader.name}: the manifest counts {reader.files.rows} rows, {found} were read")
    read = time.monotonic()
    gaps = fold(reader, postgres)
    require(gaps > 0, "the load left no long value alone")
    compare(reader, postgres)
    postgres.query(f"DROP TABLE {reader.table}, {reader.table}_order, {reader.table}_last")
    return (f"  {reader.program} read {reader.files.rows} rows of {reader.sink.name} from "
            f"{len(reader.files.paths)} files in {read - began:.0f} s, {gaps} of them with values that were"
            f" not sent; the same as the table, compared in {time.monotonic() - read:.0f} s")


def capture(case: Case, postgres: Postgres, load: Load) -> Slotcast:
    daemon = case.slotcast(postgres.uri())
    daemon.config["log"] = {"max_size": "4GiB"}
    for sink in SINKS:
        daemon.add_sink(sink.name, tables="public.typed", begin="snapshot", every="3s")
        daemon.config["sinks"][sink.name]["stage"].update(sink.settings)
    daemon.start()
    daemon.wait_ready()
    load.stream()
    daemon.stop()
    daemon.drain(3600)
    return daemon


def readers_of(case: Case, postgres: Postgres, daemon: Slotcast) -> list[Reader]:
    readers.BySimdjson.read_json = case.arguments.read_json
    readers.ByDuckdb.folder = subprocess.run([readers.OUR_FOLDER.parent.parent / "dev/duckdb.sh"], check=True,
                                             capture_output=True, text=True).stdout.strip()
    found: list[Reader] = []
    for sink in SINKS:
        files = readers.files_of(daemon.stages[sink.name])
        kinds = [readers.ByPostgres, readers.ByDuckdb] if sink.format == "csv" else [
            readers.ByDuckdb, readers.BySimdjson]
        found += [kind(sink, files, postgres) for kind in kinds]
    return found


def say(began: float, what: str) -> None:
    print(f"  {time.monotonic() - began:4.0f} s: {what}", flush=True)


def run(case: Case) -> None:
    for program, package in (("node", "nodejs"), ("zstd", "zstd"), ("gzip", "gzip")):
        need_program(program, package)
    require(os.access(case.arguments.read_json, os.X_OK), f"no program at {case.arguments.read_json}")
    began = time.monotonic()
    postgres = case.postgres(with_tables=False, settings=SETTINGS)
    make_tables(postgres, random.Random(case.seed))
    require(not uncovered_types(postgres), f"no column has the types {uncovered_types(postgres)}")
    load = Load(postgres, case.seed, case.arguments.rows)
    load.before()
    say(began, f"{load.changes['r']} rows of {len(COLUMNS)} columns are in the table")
    daemon = capture(case, postgres, load)
    say(began, f"delivered to {len(SINKS)} stages: {load.changes}")
    all_readers = readers_of(case, postgres, daemon)
    digest_source(postgres, all_readers)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for done in concurrent.futures.as_completed(
                [pool.submit(check, reader, postgres, load.changes) for reader in all_readers]):
            print(done.result(), flush=True)
    case.counts |= {"rows in the table": postgres.value("SELECT count(*) FROM typed"),
                    "changes": sum(load.changes.values()), "readings": len(all_readers),
                    "columns": len(COLUMNS)}


def arguments_of(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--read-json", default="build/release/tests/system/slotcast_read_json",
                        help="the program that reads with simdjson")


if __name__ == "__main__":
    main(__doc__, run, arguments_of)
