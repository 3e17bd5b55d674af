#!/usr/bin/python3
"""`check --live` says what stands in the way and changes nothing; the SQL it prints is all it takes."""

import argparse
import re
import subprocess
import time

from harness import postgres as server
from harness import processes
from harness import stage
from harness.case import Case, main
from harness.postgres import Postgres
from harness.processes import require
from harness.slotcast import Slotcast

REFUSED = 78
BEGIN_SQL = "What a DBA would run:"
# Everything that a role of its own usually lacks, and every kind of table there is trouble with.
POOR = r"""
CREATE ROLE cdc LOGIN;
CREATE TABLE orders (id int PRIMARY KEY, note text);
CREATE TABLE keyless (a int, note text);
CREATE TABLE audit (id int PRIMARY KEY, note text);
ALTER TABLE audit REPLICA IDENTITY FULL;
CREATE TABLE totals (id int PRIMARY KEY, a int, twice int GENERATED ALWAYS AS (a * 2) STORED);
CREATE TABLE parts (id int PRIMARY KEY, note text) PARTITION BY RANGE (id);
CREATE TABLE parts_low PARTITION OF parts FOR VALUES FROM (0) TO (100);
CREATE TABLE parts_high PARTITION OF parts FOR VALUES FROM (100) TO (1000);
CREATE TABLE secured (id int PRIMARY KEY, owner text);
ALTER TABLE secured ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON secured USING (owner = current_user);
CREATE UNLOGGED TABLE scratch (id int PRIMARY KEY);
CREATE TABLE hidden (id int PRIMARY KEY, note text);
CREATE TABLE late (id int PRIMARY KEY DEFERRABLE, note text);
CREATE TABLE indexed (code text NOT NULL, note text);
CREATE UNIQUE INDEX by_code ON indexed (code);
CREATE TABLE base (id int PRIMARY KEY, note text);
CREATE TABLE heir (PRIMARY KEY (id)) INHERITS (base);
CREATE SCHEMA closed;
CREATE TABLE closed."Odd ""name; DROP" (id int PRIMARY KEY, note text);
GRANT SELECT ON orders, keyless, audit, totals, parts, parts_low, secured, late, indexed, base, heir
  TO cdc;
INSERT INTO orders VALUES (1, 'one');
INSERT INTO keyless VALUES (1, 'one');
INSERT INTO audit VALUES (1, 'one');
INSERT INTO totals VALUES (1, 1);
INSERT INTO parts VALUES (1, 'low'), (100, 'high');
INSERT INTO secured VALUES (1, 'cdc'), (2, 'somebody');
INSERT INTO hidden VALUES (1, 'one');
INSERT INTO late VALUES (1, 'one');
INSERT INTO indexed VALUES ('a', 'one');
INSERT INTO base VALUES (1, 'one');
INSERT INTO heir VALUES (1, 'one');
INSERT INTO closed."Odd ""name; DROP" VALUES (1, 'one');
ANALYZE;
"""
ROWS = {"public.orders": 1, "public.keyless": 1, "public.audit": 1, "public.totals": 1,
        "public.parts": 2, "public.secured": 2, "public.hidden": 1, "public.late": 1,
        "public.indexed": 1, "public.base": 1, "public.heir": 1,
        "closed.Odd%20%22name%3B%20DROP": 1}
POOR_SAYS = [
    "ERROR wal_level is replica", "ERROR role cdc lacks the REPLICATION attribute",
    "ERROR no replication slot is free, 1 of 1 are in use", "nobody reads someone at the moment",
    "warning max_slot_wal_keep_size is unlimited",
    "warning table public.scratch matches a route, but is unlogged",
    "warning it has no primary key: UPDATE and DELETE are not captured, only INSERT",
    "warning identity FULL writes every old row", "warning generated column twice",
    "note 2 partitions", "ERROR no SELECT on public.parts_high: its rows cannot be copied",
    "ERROR row level security hides rows from role cdc", "ERROR no SELECT on public.hidden",
    "warning its primary key is deferrable", "let index by_code be the identity",
    "note it inherits from public.base", "ERROR no USAGE on schema closed",
    "ERROR role cdc does not own", "max_slot_wal_keep_size unlimited",
    "identity primary key (id); not published yet, goes into slotcast_poor",
    "identity full; not published yet, goes into slotcast_poor",
    "identity none; not published yet, goes into slotcast_poor_insert",
    "server PostgreSQL", "slot slotcast_poor does not exist", "table public.orders: ", "to a",
    "not ready: ",
]


def words_of(text: str) -> str:
    """Without the line breaks and columns."""
    return re.sub(r"\s+", " ", text)


class Live:
    """A pipeline that has not begun, and what is said before it does."""

    def __init__(self, case: Case, name: str, sql: str, role: str = "cdc",
                 tables: str | list[str] = "*.*", **options: object):
        self.postgres: Postgres = case.postgres(f"pg_{name}", with_tables=False, **options)
        self.postgres.query(sql)
        uri = self.postgres.uri().replace("postgres@", role + "@")
        self.daemon: Slotcast = case.slotcast(uri, name)
        self.stage = self.daemon.add_sink("a", tables=tables, begin="snapshot", every="50ms")
        self.name = name

    def check(self, code: int, *phrases: str) -> str:
        before = self.catalog()
        self.daemon.write_config()
        done = self.daemon.command("check", "--live")
        said = done.stdout + done.stderr
        require(done.returncode == code, f"{self.name}: ended with {done.returncode}, not {code}:\n{said}")
        for phrase in phrases:
            require(phrase in words_of(said), f"{self.name}: \"{phrase}\" is not said:\n{said}")
        report = said.split(BEGIN_SQL)[0].splitlines() + said.splitlines()[-1:]
        wide = [line for line in report if len(line) > 80]
        require(not wide, f"{self.name}: wider than 80 columns: {wide}")
        require(self.catalog() == before, f"{self.name}: the server was changed")
        return said

    def catalog(self) -> list[tuple]:
        """Whatever a careless check might leave."""
        return self.postgres.query(
            "SELECT 'slot', slot_name::text, confirmed_flush_lsn::text FROM pg_replication_slots"
            " UNION ALL SELECT 'publication', pubname, xmin::text FROM pg_publication"
            " UNION ALL SELECT 'table', prrelid::text, xmin::text FROM pg_publication_rel"
            " UNION ALL SELECT 'class', relname, relreplident::text FROM pg_class"
            " UNION ALL SELECT 'role', rolname, rolreplication::text FROM pg_roles"
            " UNION ALL SELECT 'right', relname, relacl::text FROM pg_class ORDER BY 1, 2, 3")

    def script(self, said: str) -> str:
        require(BEGIN_SQL in said, f"{self.name}: there is no SQL:\n{said}")
        return said.split(BEGIN_SQL)[1].rsplit("\n\n", 1)[0] + "\n"

    def run_as_dba(self, script: str) -> None:
        """Exactly what is printed, pasted."""
        done = subprocess.run(
            [server.binaries() / "psql", "-X", "-v", "ON_ERROR_STOP=1", self.postgres.uri()],
            input=script, capture_output=True, text=True, check=False, timeout=60)
        require(done.returncode == 0, f"{self.name}: psql refuses:\n{done.stderr}\n{script}")
        self.postgres.stop()
        self.postgres.start()

    def repair(self, said: str) -> str:
        self.run_as_dba(self.script(said))
        return self.check(0, "ok: ")


def poor(case: Case) -> None:
    """From nothing to every row, with no more than what is printed."""
    live = Live(case, "poor", POOR, settings={"wal_level": "replica", "max_replication_slots": "1"})
    live.postgres.query("SELECT pg_create_physical_replication_slot('someone')")
    said = live.check(REFUSED, *POOR_SAYS)
    if case.arguments.show:
        print(said)
    require("scratch\" SET LOGGED" in said and "-- ALTER TABLE \"public\".\"keyless\"" in said,
            f"nothing is suggested:\n{said}")
    said = live.repair(said)
    require("ERROR" not in said, said)
    live.daemon.drain()
    rows: dict[str, int] = {}
    for file in stage.read_stage(live.stage):
        for line in file.lines:
            rows[line.change.table] = rows.get(line.change.table, 0) + 1
    require(rows == ROWS, f"other rows than {ROWS}: {rows}\n{live.daemon.last_words()}")
    live.check(0, "read by nobody at the moment, wal_status reserved", "published by slotcast_poor")
    live.daemon.start()
    live.daemon.wait_ready()
    live.check(0, "read by process ")
    live.daemon.stop()


ABLE = """
CREATE ROLE cdc LOGIN REPLICATION;
GRANT CREATE ON DATABASE postgres TO cdc;
GRANT CREATE ON SCHEMA public TO cdc;
CREATE TABLE t (id int PRIMARY KEY, note text);
ALTER TABLE t OWNER TO cdc;
"""


def able(case: Case) -> None:
    """A role that may do all needs nobody; a table that is made later needs one statement."""
    live = Live(case, "able", ABLE)
    said = live.check(0, "note publications slotcast_able and slotcast_able_insert: the first start "
                         "makes what is missing", "ok: 1 table, 1 warning")
    require("CREATE PUBLICATION" not in said, f"the DBA is asked for nothing:\n{said}")
    live.daemon.drain()
    live.postgres.query("CREATE TABLE later (id int PRIMARY KEY); GRANT SELECT ON later TO cdc")
    said = live.check(REFUSED, "table public.later: ", "ERROR it is not published", "1 error")
    live.repair(said)
    live.postgres.query("DROP PUBLICATION slotcast_able_insert")
    said = live.check(REFUSED, "publication slotcast_able_insert is missing: what was committed")
    live.repair(said)


def routes(case: Case) -> None:
    """What a route names must be there, under the name that its changes have."""
    live = Live(case, "routes", ABLE + """
        CREATE VIEW seen AS SELECT 1;
        CREATE UNLOGGED TABLE scratch (id int PRIMARY KEY);
        CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id);
        CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (9);
        CREATE TABLE child (PRIMARY KEY (id)) INHERITS (t)""",
                tables=["public.t", "public.no_such", "public.T", "public.seen", "public.scratch",
                        "public.parts_1", "stock.*", "public.parts_?"])
    live.check(REFUSED, "ERROR a route names table public.no_such, which the database does not have",
               "ERROR a route names table public.T, which", "ERROR a route names public.seen, which "
               "is a view", "ERROR a route names public.scratch, which is unlogged",
               "ERROR a route names public.parts_1, which is a partition, whose changes come as "
               "those of public.parts", "warning route stock.* matches no table",
               "warning partition public.parts_1 matches a route",
               "warning public.child inherits from it and no route is about that",
               "not ready: 5 errors")


def published_wrongly(case: Case) -> None:
    """A publication that somebody else made may break the application, or hide partitions."""
    live = Live(case, "wrongly", ABLE + """
        CREATE TABLE keyless (a int);
        CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id);
        CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (9);
        GRANT SELECT ON ALL TABLES IN SCHEMA public TO cdc;
        CREATE PUBLICATION slotcast_wrongly FOR TABLE keyless, parts;
        CREATE PUBLICATION slotcast_wrongly_insert FOR TABLE t WITH (publish = 'insert')""")
    said = live.check(REFUSED, "ERROR it is published for UPDATE and DELETE without a replica "
                      "identity", "warning it is published for INSERT only, although",
                      "publish_via_partition_root is false: changes of partitions come under names",
                      "publication slotcast_wrongly_insert is not as slotcast makes it")
    live.repair(said)
    live.postgres.query("INSERT INTO keyless VALUES (1)")
    live.postgres.query("UPDATE keyless SET a = 2")


def slots(case: Case) -> None:
    """A slot that is there before the pipeline is, and one that is not there any more."""
    live = Live(case, "slots", ABLE)
    live.postgres.query("SELECT pg_create_logical_replication_slot('slotcast_slots', 'pgoutput')")
    live.check(REFUSED, "this state directory knows nothing of it", "source.adopt: true")
    live.daemon.config["source"]["adopt"] = True
    live.check(REFUSED, "write start: log for the sinks")
    live.postgres.query("SELECT pg_drop_replication_slot('slotcast_slots')")
    live.check(0)
    live.daemon.drain()
    live.check(0, "slot slotcast_slots, read by nobody")
    live.postgres.query("SELECT pg_drop_replication_slot('slotcast_slots')")
    live.check(REFUSED, "slot slotcast_slots does not exist: it was dropped")
    live.postgres.query("SELECT pg_create_logical_replication_slot('slotcast_slots',"
                        " 'test_decoding')")
    live.check(REFUSED, "has the plugin test_decoding instead of pgoutput")


def room(case: Case) -> None:
    """Connections that are too few are found before the daemon runs out of them."""
    live = Live(case, "room", ABLE + """
        ALTER ROLE cdc CONNECTION LIMIT 3; ALTER DATABASE postgres CONNECTION LIMIT 2""",
                settings={"max_wal_senders": "1"})
    said = live.check(REFUSED, "ERROR connections of role cdc: 0 of 3 are in use, and slotcast needs "
                      "7 more", "ERROR connections of database postgres: 0 of 2",
                      "warning wal senders: 0 of 1 are in use, and slotcast needs 2")
    live.repair(said)
    live.daemon.drain()


def standby(case: Case) -> None:
    live = Live(case, "standby", ABLE)
    live.postgres.stop()
    (live.postgres.data / "standby.signal").touch()
    processes.give_to_server_user(live.postgres.data / "standby.signal")
    live.postgres.start()
    live.check(REFUSED, ", a standby, ", "ERROR the server is a standby; point source.postgres")


def locked(case: Case) -> None:
    """An ALTER TABLE that waits for somebody must not make the check wait with it."""
    live = Live(case, "locked", ABLE + "INSERT INTO t VALUES (1); ANALYZE t")
    blocker = live.postgres.connect()
    blocker.autocommit = False
    blocker.cursor().execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
    began = time.monotonic()
    live.check(0, "table public.t: about 8.0 KiB")
    require(time.monotonic() - began < 10, "it waited for the lock")
    blocker.rollback()
    blocker.close()


def unreachable(case: Case) -> None:
    daemon = case.slotcast("postgresql://cdc@127.0.0.1:1/postgres", "unreachable")
    secret = case.directory / "secret"
    secret.write_text("canary-5501")
    secret.chmod(0o600)
    daemon.config["source"]["password"] = f"${{file:{secret}}}"
    daemon.add_sink("a")
    daemon.write_config()
    done = daemon.command("check", "--live")
    require(done.returncode == 1 and "Connection refused" in done.stderr and done.stdout == "",
            f"ended with {done.returncode}: {done.stdout}{done.stderr}")
    require("canary" not in done.stderr, "the password is printed")
    require(daemon.command("check").returncode == 0, "check alone needs a server")


def sinks(case: Case) -> None:
    live = Live(case, "sinks", ABLE)
    live.stage.rmdir()
    live.check(REFUSED, "ERROR sink a: stage: look at directory", "No such file or directory")
    live.stage.touch()
    live.check(REFUSED, "is not a directory")
    live.stage.unlink()
    live.stage.mkdir()
    live.check(0)
    require(not list(live.stage.iterdir()), "it left something at the sink")
    require(not live.daemon.state.exists(), "it made the state directory")


SCENES = [poor, able, routes, published_wrongly, slots, room, standby, locked, unreachable, sinks]


def run(case: Case) -> None:
    chosen = [scene for scene in SCENES if case.arguments.only in (None, scene.__name__)]
    for scene in chosen:
        scene(case)
        case.cleanup()
        print(f"  {scene.__name__}: as said", flush=True)
    case.counts["scenes"] = len(chosen)


def extend(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", help="one scene's name")
    parser.add_argument("--show", action="store_true", help="prints the reports")


if __name__ == "__main__":
    main(__doc__, run, extend)
