"""Load: a few writers at once, each with its own random numbers, on tables that are hard to copy."""

import random
import threading
import time
import typing
import zlib

import psycopg2

from .postgres import Postgres
from .processes import TestFailed

TABLES = """
CREATE TABLE acct (id bigint PRIMARY KEY, ver int, seq bigint, writer int, crc bigint);
CREATE TABLE toast (id int PRIMARY KEY, big text, ver int);
ALTER TABLE toast ALTER big SET STORAGE EXTERNAL;
CREATE TABLE nopk (writer int, seq bigint, note text);
CREATE TABLE fullident (id int PRIMARY KEY, a text, b numeric, big text);
ALTER TABLE fullident REPLICA IDENTITY FULL;
ALTER TABLE fullident ALTER big SET STORAGE EXTERNAL;
CREATE TABLE pkmove (id bigint PRIMARY KEY, note text);
CREATE TABLE rare (id bigint PRIMARY KEY, note text);
CREATE TYPE mood AS ENUM ('calm', 'it''s fine', 'wild "x"');
CREATE DOMAIN small AS int CHECK (VALUE < 1000);
CREATE TABLE types (id bigint PRIMARY KEY, i2 smallint, i4 int, i8 bigint, f4 real, f8 float8,
  n numeric, n2 numeric(20, 4), b bool, t text, v varchar(40), c char(6), bin bytea, d date, tm time,
  tmz timetz, ts timestamp, tsz timestamptz, iv interval, u uuid, j json, jb jsonb, ia int[],
  ta text[], addr inet, net cidr, m mood, bits bit varying, r int4range, dom small, p point, mon money,
  o oid, x xml, "odd ""name" text);
"""
# Each table's key column, for replaying the files; None: rows only come.
KEYS: dict[str, str | None] = {
    "public.acct": "id", "public.toast": "id", "public.nopk": None, "public.fullident": "id",
    "public.pkmove": "id", "public.rare": "id", "public.types": "id"}

FIRST_SEQ = 1000  # so that ids made of it never meet those that are updated
ODD_TEXTS = ["", " ", "'", "''", '"', "\\", "\\n", "line\nline", "tab\t", "\r\n", "{}", "[1]", "null",
             "new-tuple: x", "unchanged-toast-datum", "\x01\x1f\x7f", "äöü €", "𝄞 🐘", "\u2028",
             "x" * 300, "a,b;c|d", "<&>", "COMMIT 7", "%s", "\ufeff"]
ODD_NUMBERS = ["0", "-0.00", "1.10", "NaN", "1e30", "-99999999999999999999.123456789", "0.000000001"]
ODD_FLOATS = ["0", "-0", "1e-300", "1.7976931348623157e308", "NaN", "Infinity", "-Infinity", "0.1"]
ODD_TIMES = ["2024-02-29 23:59:59.999999", "0044-03-15 00:00:00 BC", "infinity", "-infinity",
             "99999-01-01 00:00:00.1"]
ODD_JSON = ['{}', '[]', 'null', '"x"', '1.50', '{"a": [1, 2.0, {"b": null}], "c": "\\u00e9\\"\\\\"}',
            'true', '{"big": 12345678901234567890}']


class Writer(threading.Thread):
    """One session that commits until it is told to stop; it comes back when the server does."""

    def __init__(self, number: int, seed: int, postgres: Postgres, rows_per_second: float,
                 seq: int):
        super().__init__(daemon=True)
        self.number = number
        self.rows = 0
        self.cost = 0.0  # what the rate counts: a bulk INSERT is cheap for its rows
        self.transactions = 0
        self.failure: Exception | None = None
        self.stopping = threading.Event()
        self._random = random.Random(f"{seed} {number} {seq}")
        self._postgres = postgres
        self._rows_per_second = rows_per_second
        self.seq = seq
        self._cursor: typing.Any = None

    def run(self) -> None:
        try:
            while not self.stopping.is_set():
                try:
                    self._session()
                except psycopg2.OperationalError:
                    time.sleep(0.1)  # the server is away: a commit may have happened or not
        except Exception as problem:  # pylint: disable=broad-except
            self.failure = problem

    def _session(self) -> None:
        connection = self._postgres.connect()
        try:
            self._cursor = connection.cursor()
            while not self.stopping.is_set():
                began, before = time.monotonic(), self.cost
                try:
                    self._transaction()
                except psycopg2.Error as gone:
                    # A bare DatabaseError is how psycopg2 calls a connection lost in mid-answer.
                    if connection.closed or type(gone) is psycopg2.DatabaseError:
                        raise psycopg2.OperationalError(str(gone)) from gone
                    raise
                due = (self.cost - before) / self._rows_per_second
                self.stopping.wait(max(0.0, began + due - time.monotonic()))
        finally:
            connection.close()

    def _sql(self, text: str, *parameters: object) -> None:
        self._cursor.execute(text, parameters or None)

    def _transaction(self) -> None:
        dice = self._random.random()
        self._sql("BEGIN")
        if dice < 0.60:
            self._change()
        elif dice < 0.85:
            for _ in range(self._random.randint(2, 20)):
                self._change()
        elif dice < 0.90:
            self._bulk(self._random.randint(100, 400))
        elif dice < 0.94:
            self._change()
            self._sql("ROLLBACK")
            return
        elif dice < 0.98:
            self._change()
            self._sql("SAVEPOINT s")
            self._change()
            self._sql("ROLLBACK TO s" if self._random.random() < 0.6 else "RELEASE s")
            self._change()
        elif dice < 0.99:
            self._sql("TRUNCATE rare" if self._random.random() < 0.7 else "TRUNCATE rare, pkmove")
        elif self.number == 0:
            self._add_column()
        self._sql("COMMIT")
        self.transactions += 1

    def _bulk(self, count: int) -> None:
        first = self._next(count)
        self._sql("INSERT INTO acct SELECT g * 100 + %s, 0, g, %s, g %% 97"
                  " FROM generate_series(%s, %s) g", self.number, self.number, first,
                  first + count - 1)
        self.rows += count
        self.cost += count / 10

    def _next(self, count: int = 1) -> int:
        self.seq += count
        return self.seq - count + 1

    def _add_column(self) -> None:
        self._sql("SET LOCAL lock_timeout = '2s'")
        self._sql(f"ALTER TABLE rare ADD COLUMN IF NOT EXISTS extra{self._random.randint(1, 9)} int")

    def _change(self) -> None:
        self.rows += 1
        self.cost += 1
        self._random.choice([self._acct, self._acct, self._acct, self._toast, self._nopk,
                             self._fullident, self._pkmove, self._rare, self._types])()

    def _id(self, count: int) -> int:
        """Ids of this writer alone, or else two writers could wait for each other."""
        return self._random.randrange(count) * 100 + self.number

    def _acct(self) -> None:
        key, seq = self._id(40), self._next()
        crc = zlib.crc32(b"%d:%d" % (key, seq))
        if self._random.random() < 0.1:
            self._sql("DELETE FROM acct WHERE id = %s", key)
        else:
            self._sql("INSERT INTO acct VALUES (%s, 1, %s, %s, %s) ON CONFLICT (id) DO UPDATE SET"
                      " ver = acct.ver + 1, seq = excluded.seq, crc = excluded.crc",
                      key, seq, self.number, crc)

    def _toast(self) -> None:
        key, dice = self._id(10), self._random.random()
        if dice < 0.3:
            big = self._random.choice("abcdef") * self._random.randint(2100, 6000)
            self._sql("INSERT INTO toast VALUES (%s, %s, 1) ON CONFLICT (id) DO UPDATE SET"
                      " big = excluded.big, ver = toast.ver + 1", key, big)
        elif dice < 0.4:
            self._sql("UPDATE toast SET big = NULL WHERE id = %s", key)
        elif dice < 0.9:
            self._sql("UPDATE toast SET ver = ver + 1 WHERE id = %s", key)
        else:
            self._sql("DELETE FROM toast WHERE id = %s", key)

    def _nopk(self) -> None:
        self._sql("INSERT INTO nopk VALUES (%s, %s, %s)", self.number, self._next(),
                  self._random.choice(ODD_TEXTS))

    def _fullident(self) -> None:
        key, dice = self._id(20), self._random.random()
        if dice < 0.5:
            self._sql("INSERT INTO fullident VALUES (%s, %s, %s, %s) ON CONFLICT (id) DO UPDATE SET"
                      " b = excluded.b", key, self._random.choice([None, *ODD_TEXTS]),
                      self._random.choice(ODD_NUMBERS), "z" * 3000)
        elif dice < 0.8:
            self._sql("UPDATE fullident SET a = %s WHERE id = %s", self._random.choice(ODD_TEXTS), key)
        elif dice < 0.9:
            self._sql("UPDATE fullident SET id = %s WHERE id = %s", self._next() * 100
                      + self.number, key)
        else:
            self._sql("DELETE FROM fullident WHERE id = %s", key)

    def _pkmove(self) -> None:
        key = self._id(15)
        if self._random.random() < 0.5:
            self._sql("INSERT INTO pkmove VALUES (%s, 'start') ON CONFLICT DO NOTHING", key)
        else:
            self._sql("UPDATE pkmove SET id = %s, note = note || '.' WHERE id = %s",
                      self._next() * 100 + self.number, key)

    def _rare(self) -> None:
        self._sql("INSERT INTO rare (id, note) VALUES (%s, %s)", self._next() * 100 + self.number,
                  self._random.choice(ODD_TEXTS))

    def _types(self) -> None:
        pick, maybe = self._random.choice, self._random.random() < 0.15
        text, moment = pick(ODD_TEXTS), pick(ODD_TIMES)
        values = [self._next() * 100 + self.number, pick([-32768, 7]), pick([-2**31, 2**31 - 1]),
                  pick([-2**63, 2**63 - 1]), pick(["1.5", "NaN", "-Infinity", "1e-40"]),
                  pick(ODD_FLOATS), pick(ODD_NUMBERS), "12345.6", pick([True, False]), text,
                  text[:40], pick(["a", "ab'c"]), pick([b"", b"\x00\xff\\'"]), moment.split(" ")[0]
                  if "BC" not in moment else "0044-03-15 BC", "23:59:59.9", "12:00:00+05:30", moment,
                  moment, pick(["1 year -2 days 03:04:05.6", "0"]),
                  "00000000-0000-4000-8000-00000000000a", pick(ODD_JSON), pick(ODD_JSON), [1, None, -3],
                  [text, None, "a b"], pick(["10.0.0.1", "fe80::1/64"]), "10.0.0.0/8",
                  pick(["calm", "it's fine", 'wild "x"']), pick(["", "1011"]), pick(["[1,5)", "empty"]),
                  999, "(1,-2.5)", "-1234.50", 4294967295, "<a b='c'>t</a>", text]
        if maybe:
            values[1:] = [None] * (len(values) - 1)
        self._sql(f"INSERT INTO types VALUES ({', '.join(['%s'] * len(values))})", *values)


class Workload:
    """Starts and stops the writers."""

    def __init__(self, postgres: Postgres, seed: int, writers: int = 3, rows_per_second: float = 800,
                 after: "Workload | None" = None):
        """`after`: an earlier load whose keys are in the tables already; this one counts on."""
        firsts = [writer.seq for writer in after.writers] if after else [FIRST_SEQ] * writers
        self.writers = [Writer(number, seed, postgres, rows_per_second / writers, firsts[number])
                        for number in range(writers)]

    @property
    def rows(self) -> int:
        return sum(writer.rows for writer in self.writers)

    def start(self) -> None:
        for writer in self.writers:
            writer.start()

    def check(self) -> None:
        for writer in self.writers:
            if writer.failure is not None:
                raise TestFailed(f"writer {writer.number} failed: {writer.failure!r}")

    def stop(self) -> None:
        for writer in self.writers:
            writer.stopping.set()
        for writer in self.writers:
            writer.join(60)
            if writer.is_alive():
                raise TestFailed(f"writer {writer.number} does not stop")
        self.check()
