"""Reads what the server's test_decoding plugin prints: a decoder that is not ours.

    BEGIN 742
    table public.acct: UPDATE: old-key: id[bigint]:1 new-tuple: id[bigint]:2 note[text]:'it''s'
    COMMIT 742 (at 2026-11-21 06:00:00.123456+00)
"""

import dataclasses
import re


class Unchanged:
    """A TOASTed value that the server did not send. Not a value, and not NULL."""

    def __repr__(self) -> str:
        return "unchanged"


UNCHANGED = Unchanged()


@dataclasses.dataclass
class Cell:
    type: str
    text: str | None | Unchanged  # None is NULL


@dataclasses.dataclass
class Row:
    table: str
    op: str  # INSERT UPDATE DELETE TRUNCATE
    new: dict[str, Cell]
    old: dict[str, Cell]


HEAD = re.compile(r'table ((?:"(?:[^"]|"")*"|[^".])+\.(?:"(?:[^"]|"")*"|[^":.])+): ([A-Z]+): ')
NAME = re.compile(r'("(?:[^"]|"")*"|[^"\[ ]+)\[')
COMMIT = re.compile(r"COMMIT (\d+) \(at (.*)\)")


def parse_change(line: str) -> list[Row]:
    """TRUNCATE of several tables is one line and several rows."""
    if ": TRUNCATE: " in line and line.startswith("table "):
        tables = line[len("table "):line.index(": TRUNCATE: ")]
        return [Row(table.strip(), "TRUNCATE", {}, {}) for table in tables.split(", ")]
    head = HEAD.match(line)
    if head is None:
        raise ValueError(f"not a change: {line[:200]}")
    table, op = head.groups()
    rest = line[head.end():]
    old: dict[str, Cell] = {}
    if rest.startswith("old-key: "):
        old, at = parse_tuple(rest, len("old-key: "))
        if not rest.startswith("new-tuple: ", at):
            raise ValueError(f"no new tuple: {line[:200]}")
        new, _ = parse_tuple(rest, at + len("new-tuple: "))
    elif rest == "(no-tuple-data)":
        new = {}
    else:
        new, _ = parse_tuple(rest, 0)
    if op == "DELETE":
        return [Row(table, op, {}, new)]
    return [Row(table, op, new, old)]


def parse_tuple(text: str, at: int) -> tuple[dict[str, Cell], int]:
    """Cells until the end of the text, or until `new-tuple:`."""
    cells: dict[str, Cell] = {}
    while at < len(text) and not text.startswith("new-tuple: ", at):
        name = NAME.match(text, at)
        if name is None:
            raise ValueError(f"no column at {at}: {text[at:at + 100]}")
        at = name.end()
        depth = 1  # a type's name may hold brackets: integer[]
        start = at
        while depth:
            depth += {"[": 1, "]": -1}.get(text[at], 0)
            at += 1
        type_name = text[start:at - 1]
        value, at = parse_value(text, at + 1)
        column = name.group(1)
        if column.startswith('"'):
            column = column[1:-1].replace('""', '"')
        cells[column] = Cell(type_name, value)
        if at < len(text) and text[at] == " ":
            at += 1
    return cells, at


def parse_value(text: str, at: int) -> tuple[str | None | Unchanged, int]:
    if text[at] == "'" or text.startswith("B'", at):
        at += 1 if text[at] == "'" else 2
        pieces = []
        while True:
            end = text.index("'", at)
            pieces.append(text[at:end])
            if not text.startswith("''", end):
                return "".join(pieces), end + 1
            pieces.append("'")
            at = end + 2
    end = text.find(" ", at)
    end = len(text) if end < 0 else end
    bare = text[at:end]
    if bare == "null":
        return None, end
    if bare == "unchanged-toast-datum":
        return UNCHANGED, end
    return bare, end
