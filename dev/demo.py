"""The demonstration: see dev/demo, which builds the program and calls this with its path."""
import os
import shutil
import signal
import sys
import tempfile
import time

from demo_parts import load, replay, user
from demo_parts.daemon import SINKS, Daemon
from demo_parts.screen import Screen
from demo_parts.server import Server

PGBENCH = ["pgbench_accounts", "pgbench_branches", "pgbench_history", "pgbench_tellers"]
TABLES = ["dbo.constants", "dbo.enumdescriptor"] + [f"public.{name}" for name in PGBENCH]
TABLES_OF = {"all": TABLES, "dbo": TABLES[:2], "pgbench": TABLES[2:]}
CATCH_UP_SECONDS = 120


def number_of(lsn):
    high, low = (lsn or "0/0").split("/")
    return int(high, 16) << 32 | int(low, 16)


def watch(daemon, screen, writers):
    while writers.step():
        time.sleep(1)
        screen.show(daemon.status())
    writers.finish()


def wait_delivered(server, daemon, screen):
    """Until every sink has delivered all that is written now."""
    target = server.sql("SELECT pg_current_wal_flush_lsn()").strip()
    deadline = time.monotonic() + CATCH_UP_SECONDS
    while True:
        status = daemon.status()
        behind = [sink["name"] for sink in status["sinks"]
                  if number_of(sink["delivered"]) < number_of(target)]
        if not behind:
            print(f"dev/demo: every sink has delivered up to {target}")
            return
        if time.monotonic() > deadline:
            raise RuntimeError(f"not delivered up to {target} in {CATCH_UP_SECONDS} s: "
                               f"{', '.join(behind)}; see {daemon.log}")
        time.sleep(1)
        screen.show(status)


class Table:
    """A table of the server as it is now: columns, primary key, rows as text."""

    def __init__(self, server, name):
        self.name = name
        self.key = server.sql(
            "SELECT a.attname FROM pg_index i JOIN pg_attribute a "
            "ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) "
            f"WHERE i.indrelid = '{name}'::regclass AND i.indisprimary").split()
        columns = server.sql(
            f"SELECT attname FROM pg_attribute WHERE attrelid = '{name}'::regclass "
            "AND attnum > 0 AND NOT attisdropped ORDER BY attnum").split()
        self.rows = replay.parse_copy(server.sql(f"COPY {name} TO STDOUT"), columns)

    def compare(self, changes):
        if self.key:
            replay.compare_keyed(changes, self.rows, self.key)
        else:
            replay.compare_inserts(changes, self.rows)


def compare_sink(daemon, sink, tables):
    """True when the sink's files say what the tables say. Prints a line a table."""
    directory = daemon.files(sink)
    unexpected = set(os.listdir(directory)) - set(TABLES_OF[sink]) - {"_manifest", "_tmp"}
    unexpected = {name for name in unexpected if not name.startswith((".", "_"))}
    all_equal, every_change = not unexpected, []
    for name in sorted(unexpected):
        print(f"  {sink:<9}{name:<26}should not be here")
    for name in TABLES_OF[sink]:
        changes = replay.read_changes(os.path.join(directory, name))
        every_change += changes
        line = f"  {sink:<9}{name:<26}{len(changes):9,} changes {len(tables[name].rows):9,} rows"
        try:
            replay.require_each_once(changes)
            tables[name].compare(changes)
            print(f"{line}  equal")
        except replay.Difference as difference:
            all_equal = False
            print(f"{line}  DIFFERS\n    {difference}")
    try:
        replay.require_each_once(sorted(every_change, key=lambda change: change[0]))
    except replay.Difference as difference:
        all_equal = False
        print(f"  {sink}: {difference}")
    return all_equal


def demonstrate(root, program):
    with Server(root) as server:
        load.make_tables(server)
        print(f"dev/demo: PostgreSQL runs as user {user.name()} in {root}")
        with Daemon(root, program, server.uri()) as daemon:
            daemon.wait_ready()
            print(f"dev/demo: slotcast is ready; writers run for {load.SECONDS} s\n")
            screen, writers = Screen(SINKS), load.Load(server)
            try:
                watch(daemon, screen, writers)
                print()
                wait_delivered(server, daemon, screen)
            finally:
                writers.stop()
            daemon.stop()
            print("dev/demo: slotcast has ended with 0; comparing files with tables\n")
            tables = {name: Table(server, name) for name in TABLES}
            return all([compare_sink(daemon, sink, tables) for sink in SINKS])


def main():
    # A kill must stop the servers as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    root = tempfile.mkdtemp(prefix="slotcast-demo-", dir="/tmp")
    os.chmod(root, 0o755)
    user.own(root)
    code = 1
    try:
        if demonstrate(root, sys.argv[1]):
            print("\ndev/demo: all files replay to the tables, row by row")
            code = 0
        else:
            print("\ndev/demo: the files DIFFER from the tables")
    except RuntimeError as error:
        print(f"\ndev/demo: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\ndev/demo: stopped by Ctrl-C", file=sys.stderr)
        code = 130
    finally:
        shutil.rmtree(os.path.join(root, "postgresql"), ignore_errors=True)
        print(f"dev/demo: the files are in {root}/files", flush=True)
    return code


sys.exit(main())
