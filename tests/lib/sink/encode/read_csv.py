"""Reads CSV with Python's own parser and compares each field with the text it was made from.

usage: read_csv.py ROWS VALUES SETTINGS

ROWS is what the encoder wrote. VALUES is as read_rows.py has it: a line for each row, a field for
each column: a class, '=' and the text in hexadecimal, NULL or GONE. SETTINGS is a JSON object:
separator, enclosure, escape, line_end, header, null. The columns are c0, c1 and so on, then _op,
_lsn, _seq, _ts and _unchanged.
"""

import csv
import json
import sys

META = ["_op", "_lsn", "_seq", "_ts", "_unchanged"]


def rows_of(path, settings):
    doubled = settings["escape"] == settings["enclosure"]
    csv.field_size_limit(1 << 30)
    with open(path, encoding="utf-8", newline="") as file:
        yield from csv.reader(
            file,
            delimiter=settings["separator"],
            quotechar=settings["enclosure"],
            doublequote=doubled,
            escapechar=None if doubled else settings["escape"],
            strict=True,
        )


def expected(field, null):
    """The text, and whether it was sent. Python does not tell \\N from "\\N"."""
    kind, text = field.split("=")
    if text in ("NULL", "GONE"):
        return null, text == "NULL"
    value = bytes.fromhex(text).decode("utf-8")
    if kind == "B":
        value = {"t": "true", "f": "false"}[value]
    return value, True


def check(row, fields, null):
    assert len(row) == len(fields) + len(META), row
    wanted = [expected(field, null) for field in fields]
    assert row[:len(fields)] == [text for text, _ in wanted], (row, wanted)
    missing = ["c%d" % i for i, (_, is_sent) in enumerate(wanted) if not is_sent]
    assert json.loads(row[-1]) == missing, (row[-1], missing)
    assert row[-5] in "crud" and row[-4].count("/") == 1 and row[-3].isdigit(), row


def main():
    settings = json.load(open(sys.argv[3], encoding="utf-8"))
    null = settings["null"]
    if settings["escape"] != settings["enclosure"]:
        null = null.replace(settings["escape"], "")  # Python takes it for an escape here too
    raw = open(sys.argv[1], "rb").read()
    assert raw.endswith(settings["line_end"].encode()), raw[-10:]
    rows = rows_of(sys.argv[1], settings)
    values = open(sys.argv[2], encoding="ascii").read().split("\n")
    assert values.pop() == ""
    if settings["header"]:
        columns = len(values[0].split(" "))
        assert next(rows) == ["c%d" % i for i in range(columns)] + META
    count = 0
    for row, line in zip(rows, values):
        count += 1
        try:
            check(row, line.split(" "), null)
        except (AssertionError, ValueError) as problem:
            sys.exit("row %d: %s" % (count, problem))
    assert count == len(values) and next(rows, None) is None, (count, len(values))
    print("%d rows read" % count)


main()
