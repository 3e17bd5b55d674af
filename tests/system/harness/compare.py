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


def replay(files: list[stage.StageFile], keys: dict[str, str | None]) -> dict[str, Table]:
    """The tables that the files alone build. `keys` has each table's key column; a table without
    one only ever grows, and its rows count by position."""
    tables: dict[str, Table] = {table: {} for table in keys}
    changes = [line.change for file in files for line in file.lines]
    for change in sorted(changes, key=lambda change: change.position):
        table = tables[change.table]
        key_column = keys[change.table]
        key = change.values.get(key_column) if key_column else change.position
        if change.op == "t":
            table.clear()
        elif change.op == "d":
            table.pop(key, None)
        elif change.op == "c":
            table[key] = dict(change.values)
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
