#!/usr/bin/python3
"""A checker that cannot fail proves nothing: each planted fault must be found, and named."""

import json
import pathlib
import shutil
import sys
import tempfile
import typing

from harness import compare, decoding, history, oracle, stage
from harness.processes import TestFailed

TIME = "2026-11-21T05:40:12.100000Z"
STAMP = "2026-11-21 05:40:12.1+00"
TABLE = "public.toast"

# What test_decoding would print, with the Begin LSN that goes with it.
HISTORY = [
    (0x100, ["table public.toast: INSERT: id[integer]:1 big[text]:'it''s \"big\"' ver[integer]:1",
             "table public.toast: INSERT: id[integer]:2 big[text]:null ver[integer]:1"]),
    (0x200, ["table public.toast: UPDATE: id[integer]:1 big[text]:unchanged-toast-datum "
             "ver[integer]:2"]),
    (0x300, ["table public.toast: UPDATE: old-key: id[integer]:2 new-tuple: id[integer]:3 "
             "big[text]:null ver[integer]:1",
             "table public.toast: INSERT: id[integer]:4 big[text]:'x' ver[integer]:1"]),
    (0x400, ["table public.toast: DELETE: id[integer]:4"]),
]
# The same as a sink should show it, made by hand: file, then lines.
FILES: dict[str, list[dict[str, typing.Any]]] = {
    "20261121-a.jsonl": [
        {"id": 1, "big": "it's \"big\"", "ver": 1, "_op": "c", "_lsn": "0/100", "_seq": 1},
        {"id": 2, "big": None, "ver": 1, "_op": "c", "_lsn": "0/100", "_seq": 2},
        {"id": 1, "ver": 2, "_op": "u", "_lsn": "0/200", "_seq": 1}],
    "20261121-b.jsonl": [
        {"id": 2, "_op": "d", "_lsn": "0/300", "_seq": 1},
        {"id": 3, "big": None, "ver": 1, "_op": "c", "_lsn": "0/300", "_seq": 2},
        {"id": 4, "big": "x", "ver": 1, "_op": "c", "_lsn": "0/300", "_seq": 3},
        {"id": 4, "_op": "d", "_lsn": "0/400", "_seq": 1}],
}
FINAL = [("1", "it's \"big\"", "2"), ("3", None, "1")]
Files = dict[str, list[dict[str, typing.Any]]]


class Tables:
    """Stands for the server in the comparison of the final state."""

    def query(self, sql: str, *_: object) -> list[tuple]:
        if "pg_attribute" in sql:
            return [("id", "id", "integer"), ("big", "big", "text"), ("ver", "ver", "integer")]
        return list(FINAL)


def expected() -> history.History:
    record = object.__new__(oracle.Oracle)
    record._schema, record.changes, record.transactions = "public", {}, 0
    record._tables = oracle.Tables()
    for xid, (lsn, lines) in enumerate(HISTORY):
        rows = [row for line in lines for row in decoding.parse_change(line)]
        record._take(rows, f"COMMIT {xid} (at {STAMP})", {xid: lsn})
    return record.changes


def write(directory: pathlib.Path, files: Files) -> None:
    for name, rows in files.items():
        path = directory / TABLE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps({"_ts": TIME, **row}) + "\n" for row in rows))
    unfinished = directory / ".slotcast/test-a/1"
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    unfinished.write_text("half a li")


def check(files: Files, until_end: bool = True) -> None:
    directory = pathlib.Path(tempfile.mkdtemp(prefix="slotcast-selftest-"))
    try:
        write(directory, files)
        read = stage.read_stage(directory)
        compare.compare_rows("a", read, expected(), until_end)
        if until_end:
            compare.compare_state("a", read, typing.cast(typing.Any, Tables()), {TABLE: "id"})
    finally:
        shutil.rmtree(directory)


def lose(files: Files, name: str, at: int) -> None:
    del files[name][at]


def swap(files: Files) -> None:
    rows = files["20261121-b.jsonl"]
    rows[1], rows[2] = rows[2], rows[1]


def double_in_new_file(files: Files) -> None:
    files["20261121-c.jsonl"] = [dict(files["20261121-a.jsonl"][1])]


def set_value(name: str, at: int, **values: object) -> typing.Callable[[Files], None]:
    return lambda files: files[name][at].update(values)


def overlap(files: Files) -> None:
    moved = files["20261121-b.jsonl"].pop(0)
    files["20261121-c.jsonl"] = [files["20261121-a.jsonl"].pop(0), moved]


A, B = "20261121-a.jsonl", "20261121-b.jsonl"
# Each fault, and a phrase of the message that must name it.
FAULTS: list[tuple[str, typing.Callable[[Files], None], str]] = [
    ("a lost row in the middle", lambda files: lose(files, A, 1), "a row is lost"),
    ("a lost row at the end", lambda files: lose(files, B, -1), "a row is lost"),
    ("a lost file", lambda files: files.pop(A) and None, "a row is lost"),
    ("a doubled row in its file", lambda files: files[A].insert(1, files[A][0]), "came twice"),
    ("a doubled row in another file", double_in_new_file, "came twice"),
    ("two rows swapped", swap, "out of order"),
    ("files that overlap", overlap, "out of order"),
    ("a wrong value", set_value(A, 0, big="it's big"), "another value"),
    ("a number as a string", set_value(A, 0, ver="1"), "another value"),
    ("another digit's form", set_value(A, 0, ver=1.0), "another value"),
    ("NULL as an empty string", set_value(A, 1, big=""), "another value"),
    ("unchanged taken for NULL", set_value(A, 2, big=None), "another value"),
    ("a column too many", set_value(A, 0, more=1), "another value"),
    ("a delete with more than its key", set_value(B, 3, ver=1), "another value"),
    ("a wrong operation", set_value(A, 2, _op="c"), "another op"),
    ("a wrong time", set_value(A, 2, _ts=TIME.replace("12.1", "12.2")), "another timestamp"),
    ("a row that never was", set_value(A, 2, _lsn="0/1FF"), "never committed"),
    ("a key change without its delete", lambda files: lose(files, B, 0), "a row is lost"),
    ("an ordinal too low", set_value(B, 0, _seq=0), "never committed"),
]


def must_find(name: str, fault: typing.Callable[[Files], None], phrase: str) -> None:
    files = json.loads(json.dumps(FILES))
    fault(files)
    try:
        check(files)
    except TestFailed as found:
        if phrase not in str(found):
            sys.exit(f"checker_selftest: {name} was found, but as: {found}")
        return
    sys.exit(f"checker_selftest: {name} was not found")


def must_find_in_state() -> None:
    """The files agree with the history, and both are wrong: the tables know better."""
    wrong = list(FINAL)
    for change in ([("1", "it's \"big\"", "2")], [*wrong, ("9", "y", "1")],
                   [("1", None, "2"), wrong[1]]):
        FINAL[:] = change
        try:
            check(FILES)
        except TestFailed:
            continue
        finally:
            FINAL[:] = wrong
        sys.exit(f"checker_selftest: a table with {change} was taken for equal")


def main() -> None:
    check(FILES)
    prefix = {A: FILES[A], B: FILES[B][:2]}
    check(prefix, until_end=False)
    for name, fault, phrase in FAULTS:
        must_find(name, fault, phrase)
    must_find_in_state()
    cell = decoding.parse_change("table public.x: INSERT: a[integer[]]:'{1,NULL}' "
                                 "\"o \"\"d\"[text]:'new-tuple: ''' b[bit varying]:B'01'")[0].new
    texts = {name: value.text for name, value in cell.items()}
    if texts != {"a": "{1,NULL}", 'o "d': "new-tuple: '", "b": "01"}:
        sys.exit(f"checker_selftest: decoding: {texts}")
    print(f"checker_selftest: ok: {len(FAULTS) + 3} planted faults found")


if __name__ == "__main__":
    main()
