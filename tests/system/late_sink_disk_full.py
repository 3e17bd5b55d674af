#!/usr/bin/python3
"""The state directory's disk becomes full while a late sink's tables are read, then has room for one
page, for two, and so on: each of the writes that a chunk takes fails once, and no row is lost by it."""

from harness import compare, stage
from harness.case import Case, main
from harness.processes import require, wait_until
from harness.small_disk import SmallDisk

from late_sink import chunks, is_read

TABLES = [f"public.t{number}" for number in range(30)]
ROWS = 20  # a chunk is the least that takes room: two pages
PAGE = 4096
PAGES = 4  # more than a chunk and what is remembered of it


def run(case: Case) -> None:
    postgres = case.postgres(with_tables=False)
    for table in TABLES:
        postgres.query(f"CREATE TABLE {table} (id int PRIMARY KEY, note text)")
        postgres.query(f"INSERT INTO {table} SELECT g, 'before' FROM generate_series(1, {ROWS}) g")
    daemon = case.slotcast(postgres.uri())
    disk = SmallDisk(case.directory / "disk", 16)
    case.on_cleanup(disk.cleanup)
    # The log has a disk of its own: the stream goes on.
    log_disk = SmallDisk(disk.path / "state/log", 64)
    case.on_cleanup(log_disk.cleanup)
    daemon.config["state"] = str(disk.path / "state")
    daemon.add_sink("first", every="100ms")
    case.on_cleanup(daemon.cleanup)  # before the disk goes
    daemon.start()
    daemon.wait_ready()
    daemon.stop()
    daemon.add_sink("late", begin="snapshot", every="100ms")

    # The reading waits for a transaction that is older than it, until the disk is full.
    older = postgres.connect()
    with older.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("INSERT INTO t0 VALUES (1000, 'older')")
        daemon.start()
        wait_until(lambda: "waiting for the end" in (chunks(daemon).get("last_error") or ""),
                   "the reading waits")
        disk.fill()
        cursor.execute("COMMIT")

    def failures() -> int:
        return daemon.stderr().count("chunks: will try again")
    wait_until(lambda: failures() == 1, "the disk is too full to read")
    require("No space left" in daemon.stderr(), "it is the disk that is full")
    for pages in range(1, PAGES + 1):
        before = failures()
        disk.fill()
        disk.give(pages * PAGE)
        wait_until(lambda: failures() > before or is_read(daemon), "it is tried again", 60)
    for written in ("/chunks.tmp", "/chunks.ready/"):
        require(any("No space" in line and written in line for line in daemon.stderr().split("\n")),
                f"there was always room for {written}")
    disk.free()
    wait_until(lambda: is_read(daemon), "all is read", 90)
    ready = disk.path / "state/chunks.ready"
    wait_until(lambda: not list(ready.iterdir()), "what could not be finished is removed, too")
    daemon.stop()
    daemon.drain()
    compare.compare_state("late", stage.read_stage(daemon.stages["late"]), postgres,
                          {table: "id" for table in TABLES})
    case.counts |= {"tables": len(TABLES), "failures": failures()}


if __name__ == "__main__":
    main(__doc__, run)
