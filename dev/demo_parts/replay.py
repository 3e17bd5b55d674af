"""From a sink's files back to tables, and what differs from PostgreSQL's own."""
import collections
import json
import os

META = ("_op", "_lsn", "_seq", "_ts")
ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class Difference(Exception):
    """The first one found; its text says where."""


def text_of(value):
    """A JSON value as PostgreSQL prints it. Numbers were kept as text when read."""
    if value is None or isinstance(value, str):
        return value
    return "t" if value else "f"


def position_of(row):
    high, low = row["_lsn"].split("/")
    return (int(high, 16) << 32 | int(low, 16), int(row["_seq"]))


def read_changes(directory):
    """(position, operation, columns) of every line, in the order of the source."""
    changes = []
    for folder, folders, names in os.walk(directory):
        folders[:] = set(folders) - {"_manifest"}
        for name in names:
            if not name.endswith(".jsonl"):
                continue
            with open(os.path.join(folder, name), encoding="utf-8") as lines:
                for line in lines:
                    row = json.loads(line, parse_int=str, parse_float=str)
                    columns = {k: text_of(v) for k, v in row.items() if k not in META}
                    changes.append((position_of(row), row["_op"], columns))
    changes.sort(key=lambda change: change[0])
    return changes


def require_each_once(changes):
    for before, after in zip(changes, changes[1:]):
        if before[0] == after[0]:
            raise Difference(f"the change at {before[0]} is there twice")


def replay_keyed(changes, key):
    """The table that the changes leave behind: rows by key."""
    table = {}
    for position, operation, columns in changes:
        if operation == "t":
            table.clear()
            continue
        identity = tuple(columns[name] for name in key)
        if operation in ("r", "c"):
            if identity in table:
                raise Difference(f"insert at {position} of a row that is there: {identity}")
            table[identity] = columns
        elif identity not in table:
            raise Difference(f"{operation} at {position} of a row that is not there: {identity}")
        elif operation == "u":
            # A value that did not change may be left out: the earlier one stays.
            table[identity] = {**table[identity], **columns}
        else:
            del table[identity]
    return table


def unescape(field):
    """A field of COPY's text format."""
    if field == "\\N":
        return None
    if "\\" not in field:
        return field
    text, pieces = iter(field), []
    for letter in text:
        if letter == "\\":
            letter = next(text)
            letter = ESCAPES.get(letter, letter)
        pieces.append(letter)
    return "".join(pieces)


def parse_copy(text, columns):
    return [dict(zip(columns, map(unescape, line.split("\t"))))
            for line in text.split("\n") if line]


def compare_keyed(changes, rows, key):
    replayed = replay_keyed(changes, key)
    for row in rows:
        identity = tuple(row[name] for name in key)
        found = replayed.pop(identity, None)
        if found is None:
            raise Difference(f"row {identity} of the table is not in the files")
        for name, value in row.items():
            if name not in found:
                raise Difference(f"row {identity}: no value of column {name} in the files")
            if found[name] != value:
                raise Difference(f"row {identity}, column {name}: the table has {value!r}, "
                                 f"the files {found[name]!r}")
        if len(found) != len(row):
            raise Difference(f"row {identity}: the files have columns that the table lacks")
    for identity in replayed:
        raise Difference(f"row {identity} of the files is not in the table")


def compare_inserts(changes, rows):
    """A table without a key: what was inserted, however often each."""
    for position, operation, _ in changes:
        if operation not in ("r", "c"):
            raise Difference(f"{operation} at {position} in a table that only has inserts")
    frozen = lambda row: tuple(sorted(row.items()))
    files = collections.Counter(frozen(columns) for _, _, columns in changes)
    table = collections.Counter(map(frozen, rows))
    for row, count in ((table - files) + (files - table)).items():
        raise Difference(f"{count} time(s) on one side only: {dict(row)}")
