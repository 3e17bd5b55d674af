"""Holds a stage's files against the oracle's history and against the server's tables.

Every function raises TestFailed with the first divergence; silence means equal.
"""

import typing

from . import history, stage
from .postgres import Postgres
from .processes import TestFailed


def compare_rows(name: str, files: list[stage.StageFile], expected: history.History,
                 until_end: bool = True) -> int:
    """Each row once, none else, with exactly its values, in order. With `until_end` false rows
    may be missing at each table's end, and nowhere else. Returns the number of rows."""
    found: dict[history.Position, stage.Line] = {}
    for file in files:
        for line in file.lines:
            check_line(name, line, found, expected)
    check_order(name, files)
    last: dict[str, history.Position] = {}
    for position, line in found.items():
        table = line.change.table
        last[table] = max(last.get(table, position), position)
    for position in sorted(expected):
        change = expected[position]
        if position in found:
            continue
        if until_end or position < last.get(change.table, (0, 0)):
            raise TestFailed(f"sink {name}: a row is lost: {change.place()}")
    return len(found)


def check_line(name: str, line: stage.Line, found: dict[history.Position, stage.Line],
               expected: history.History) -> None:
    change = line.change
    if change.position in found:
        raise TestFailed(f"sink {name}: a row came twice: {change.place()}: {line.place} and "
                         f"{found[change.position].place}")
    found[change.position] = line
    wanted = expected.get(change.position)
    if wanted is None:
        raise TestFailed(f"sink {name}: a row that was never committed: {change.place()}: "
                         f"{line.place}")
    for what in ("table", "op", "timestamp"):
        if getattr(change, what) != getattr(wanted, what):
            raise TestFailed(f"sink {name}: another {what}: {line.place}: {change.place()}: "
                             f"{getattr(change, what)!r}, wanted {getattr(wanted, what)!r}")
    if change.values == wanted.values and all(
            type(change.values[key]) is type(value) for key, value in wanted.values.items()):
        return
    for column in sorted(change.values.keys() | wanted.values.keys()):
        is_value = change.values.get(column, "absent")
        should = wanted.values.get(column, "absent")
        if is_value != should or type(is_value) is not type(should):
            raise TestFailed(
                f"sink {name}: another value: {line.place}: {change.place()}: column {column} is "
                f"{shorten(is_value)}, wanted {shorten(should)}")


def shorten(value: typing.Any) -> str:
    text = repr(value)
    return text if len(text) < 120 else f"{text[:100]}… ({len(text)} characters)"


def check_order(name: str, files: list[stage.StageFile]) -> None:
    """Rows rise within a file, and a table's files, put in order, do not overlap."""
    last: dict[str, stage.Line] = {}
    for file in sorted(files, key=lambda file: file.lines[0].change.position):
        for line in file.lines:
            before = last.get(file.table)
            if before and before.change.position > line.change.position:
                raise TestFailed(f"sink {name}: out of order: {line.place}: {line.change.place()} "
                                 f"after {before.change.place()} at {before.place}")
            last[file.table] = line


Table = dict[typing.Any, dict[str, typing.Any]]


# Rows of a table as it was, and the marks around those that replace it.
READ = ("r", "b", "e")


def split_snapshot(files: list[stage.StageFile]) -> tuple[list[stage.StageFile], list[stage.StageFile]]:
    """The rows of the snapshot, and the changes."""
    def only(is_read: bool) -> list[stage.StageFile]:
        parts = [stage.StageFile(file.name, file.table, [
            line for line in file.lines if (line.change.op in READ) == is_read]) for file in files]
        return [part for part in parts if part.lines]
    return only(True), only(False)


def compare_snapshot(name: str, files: list[stage.StageFile], expected: history.History,
                     point: int, keys: dict[str, str | None]) -> int:
    """The rows read are those that the history up to `point` built, each once, as it was; the
    changes are those behind it. Returns the number of rows read."""
    read, changes = split_snapshot(files)
    compare_rows(name, changes, {position: change for position, change in expected.items()
                                 if position[0] > point})
    before = [change for position, change in sorted(expected.items()) if position[0] <= point]
    wanted = build(before, keys)
    count = 0
    for table, rows in wanted.items():
        lines = [line for file in read if file.table == table for line in file.lines]
        left = sorted((without_new(row) for row in rows.values()), key=sort_key)
        found = sorted((without_new(line.change.values) for line in lines), key=sort_key)
        count += len(found)
        if left != found:
            at = next((at for at, pair in enumerate(zip(found, left)) if pair[0] != pair[1]),
                      min(len(found), len(left)))
            raise TestFailed(f"sink {name}: table {table}: the snapshot has {len(found)} rows, wanted "
                             f"{len(left)}; row {at}: {difference(found, left, at)}")
        for line in lines:
            if line.change.position[0] != point:
                raise TestFailed(f"{line.place}: a row of the snapshot at another LSN")
    return count


def without_new(row: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """Without the columns that the load adds in the middle: they are NULL in what was there."""
    return {name: value for name, value in row.items()
            if value is not None or not name.startswith("extra")}


def replay(files: list[stage.StageFile], keys: dict[str, str | None]) -> dict[str, Table]:
    """The tables that the files alone build. `keys` has each table's key column; a table without
    one only ever grows, and its rows count by position."""
    changes = [line.change for file in files for line in file.lines]
    return build(sorted(changes, key=lambda change: change.position), keys)


def build(changes: list[history.Change], keys: dict[str, str | None]) -> dict[str, Table]:
    """The tables that the changes build, one after the other. A create of a changed key leaves out
    the long values that stayed: they are those of the delete before it."""
    tables: dict[str, Table] = {table: {} for table in keys}
    resynced: dict[str, set] = {}  # the keys seen since a resync of the table began
    gone: tuple[typing.Any, dict[str, typing.Any]] = (None, {})
    for change in changes:
        table = tables[change.table]
        if change.op == "b":
            resynced[change.table] = set()
            continue
        if change.op == "e":
            seen = resynced.pop(change.table)
            tables[change.table] = {key: row for key, row in table.items() if key in seen}
            continue
        key_column = keys[change.table]
        key = change.values.get(key_column) if key_column else change.position
        resynced.get(change.table, set()).add(key)
        if change.op == "t":
            table.clear()
        elif change.op == "d":
            lsn, ordinal = change.position
            gone = ((change.table, (lsn, ordinal + 1)), table.pop(key, {}))
        elif change.op in ("c", "r"):
            kept = gone[1] if gone[0] == (change.table, change.position) else {}
            table[key] = {**kept, **change.values}
        else:
            table.setdefault(key, {}).update(change.values)
    return tables


def compare_state(name: str, files: list[stage.StageFile], postgres: Postgres,
                  keys: dict[str, str | None]) -> None:
    """Replaying the files gives what SELECT gives."""
    for table, rows in replay(files, keys).items():
        columns = postgres.query(
            "SELECT quote_ident(attname), attname, format_type(atttypid, NULL) FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
            table)
        # format() prints as the type does; a cast would take the blanks off character(n).
        select = ", ".join(f"CASE WHEN {quoted} IS NOT NULL THEN format('%s', {quoted}) END"
                           for quoted, _, _ in columns)
        wanted = [{column: history.as_json(kind, text)
                   for (_, column, kind), text in zip(columns, row)}
                  for row in postgres.query(f"SELECT {select} FROM {table}")]
        # A column added later is NULL in rows that came before.
        found = [{column: row.get(column) for _, column, _ in columns} for row in rows.values()]
        wanted.sort(key=sort_key)
        found.sort(key=sort_key)
        if wanted == found:
            continue
        at = next((at for at, (is_row, should) in enumerate(zip(found, wanted)) if is_row != should),
                  min(len(found), len(wanted)))
        raise TestFailed(f"sink {name}: table {table} has {len(wanted)} rows, the files build "
                         f"{len(found)}; in order of the key row {at} is {difference(found, wanted, at)}")


def sort_key(row: dict[str, typing.Any]) -> str:
    return repr(list(row.values()))  # all rows have the table's columns in the table's order


def difference(found: list[dict], wanted: list[dict], at: int) -> str:
    if at >= len(found) or at >= len(wanted):
        longer = found if at < len(found) else wanted
        return ("not in the table: " if at < len(found) else "not in the files: ") + shorten(longer[at])
    columns = [column for column, value in wanted[at].items() if found[at].get(column) != value]
    return "; ".join(f"{column} {shorten(found[at].get(column))}, wanted {shorten(wanted[at][column])}"
                     for column in columns)
