"""An independent record of what was committed, from slots of the server's own test_decoding.

test_decoding does not print the LSN that a transaction's Begin announces, so a third slot asks
pgoutput for the Begin messages alone: they give each transaction id its LSN.
"""

import dataclasses
import datetime
import struct
import typing

from . import decoding, history
from .postgres import Postgres

PUBLICATION = "oracle"


@dataclasses.dataclass(frozen=True)
class Tables:
    """What there is to know of tables that are not plain ones with a key."""

    # Their UPDATE and DELETE must not be published, or the application's own would fail.
    insert_only: frozenset[str] = frozenset()
    # Partitions, which are shown as their table. TRUNCATE of one of them alone is not published.
    roots: dict[str, str] = dataclasses.field(default_factory=dict)
    full: "dict[str, FullIdentity]" = dataclasses.field(default_factory=lambda: FULL_IDENTITY)


class Oracle:
    """Create it before the load begins. Rows of tables outside `schema` do not count."""

    def __init__(self, postgres: Postgres, schema: str = "public", tables: Tables | None = None):
        self._postgres = postgres
        self._schema = schema
        self._tables = tables or Tables()
        self.changes: history.History = {}
        self.transactions = 0
        self._publish()
        for slot, plugin in (("oracle_rows", "test_decoding"), ("oracle_begins", "pgoutput")):
            postgres.query("SELECT pg_create_logical_replication_slot(%s, %s)", slot, plugin)

    def _publish(self) -> None:
        """All tables; those that there are now, when some must not publish UPDATE and DELETE."""
        listed = "ALL TABLES"
        if self._tables.insert_only:
            names = self._postgres.query(
                "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = %s::regnamespace"
                " AND relkind IN ('r', 'p') AND NOT relispartition", self._schema)
            listed = "TABLE " + ", ".join(
                f"ONLY {name}" for (name,) in names
                if f"{self._schema}.{name}" not in self._tables.insert_only)
            self._postgres.query(f"CREATE PUBLICATION {PUBLICATION}_insert FOR ALL TABLES"
                                 " WITH (publish = 'insert')")
        self._postgres.query(f"CREATE PUBLICATION {PUBLICATION} FOR {listed}")

    def read(self) -> history.History:
        """Everything up to now is in `changes` afterwards; nothing may be committed meanwhile."""
        begins = self._begins()
        rows: list[decoding.Row] = []
        lines = self._postgres.query(
            "SELECT data FROM pg_logical_slot_get_changes('oracle_rows', NULL, NULL,"
            " 'include-xids', '1', 'include-timestamp', '1', 'skip-empty-xacts', '1')")
        for (line,) in lines:
            if line.startswith("BEGIN "):
                rows = []
            elif line.startswith("COMMIT "):
                self._take(rows, line, begins)
            elif not line.startswith("message: "):
                rows += decoding.parse_change(line)
        return self.changes

    def _begins(self) -> dict[int, int]:
        messages = self._postgres.query(
            "SELECT data FROM pg_logical_slot_get_binary_changes('oracle_begins', NULL, NULL,"
            " 'proto_version', '1', 'publication_names', %s) WHERE get_byte(data, 0) = 66",
            f"{PUBLICATION}, {PUBLICATION}_insert" if self._tables.insert_only else PUBLICATION)
        found = {}
        for (message,) in messages:
            _, lsn, _, xid = struct.unpack(">cQqI", bytes(message))
            found[xid] = lsn
        return found

    def _take(self, rows: list[decoding.Row], line: str, begins: dict[int, int]) -> None:
        commit = decoding.COMMIT.match(line)
        if commit is None:
            raise ValueError(f"not a commit: {line}")
        mine = [row for row in rows if row.table.startswith(self._schema + ".")
                and self._is_published(row)]
        if not mine:
            return
        lsn = begins[int(commit.group(1))]
        timestamp = iso8601(commit.group(2))
        made: list[tuple[str, str, dict[str, typing.Any]]] = []
        for row in mine:
            made += expand(row, self._tables.full)
        for ordinal, (table, op, values) in enumerate(made, 1):
            root = self._tables.roots.get(table, table)
            change = history.Change((lsn, ordinal), root, op, values, timestamp)
            self.changes[change.position] = change
        self.transactions += 1

    def _is_published(self, row: decoding.Row) -> bool:
        if self._tables.roots.get(row.table, row.table) in self._tables.insert_only:
            return row.op == "INSERT"
        return row.op != "TRUNCATE" or row.table not in self._tables.roots


def iso8601(text: str) -> str:
    """2026-11-21 05:40:12.1+00 as 2026-11-21T05:40:12.100000Z."""
    when = datetime.datetime.strptime(
        text + "00" if "." in text else text.replace("+", ".0+") + "00", "%Y-%m-%d %H:%M:%S.%f%z")
    return when.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def plain(cells: dict[str, decoding.Cell]) -> dict[str, typing.Any]:
    return {name: history.as_json(cell.type, cell.text) for name, cell in cells.items()
            if not isinstance(cell.text, decoding.Unchanged)}


@dataclasses.dataclass(frozen=True)
class FullIdentity:
    """test_decoding prints the whole old row, but not its NULLs, and never says what the key is."""

    key: list[str]
    columns: list[str]  # that are in it also when they are NULL


FULL_IDENTITY = {"public.fullident": FullIdentity(["id"], ["id", "a", "b", "big"])}


def expand(row: decoding.Row, full_identity: dict[str, FullIdentity]
           ) -> list[tuple[str, str, dict[str, typing.Any]]]:
    """One change of the server as the one or two rows that a sink gets of it."""
    old, new = plain(row.old), plain(row.new)
    full = full_identity.get(row.table)
    if full is not None and old:
        old = {**{name: None for name in full.columns}, **old}
    if row.op == "TRUNCATE":
        return [(row.table, "t", {})]
    if row.op == "INSERT":
        return [(row.table, "c", new)]
    if row.op == "DELETE":
        return [(row.table, "d", old)]
    # Where the old row has the value of an unchanged cell, the sink gets it.
    filled = {name: new.get(name, old.get(name)) for name in row.new if name in new or name in old}
    changed = any(filled[name] != old[name] for name in (full.key if full else old))
    if not changed:
        return [(row.table, "u", filled)]
    return [(row.table, "d", old), (row.table, "c", filled)]
