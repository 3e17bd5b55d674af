"""Reads JSON lines with Python's own parser and compares each value with the text it was made from.

usage: read_rows.py ROWS VALUES

ROWS is what the encoder wrote. VALUES has a line for each of its rows: one field for each column,
separated by blanks: a class (T text, B boolean, N number, J json), '=' and the text in hexadecimal;
"T=NULL" for NULL, "T=GONE" for a value that was not sent.
"""

import json
import sys


def expected(kind, text):
    if kind == "T":
        return text
    if kind == "B":
        return text == "t"
    if kind == "J":
        return json.loads(text, parse_float=str, parse_int=str)
    return text  # numbers: digit by digit; NaN and the infinities are strings anyway


def refuse(name):
    raise ValueError(name + " is not JSON")


def check(line, fields):
    options = {"parse_float": str, "parse_int": str, "parse_constant": refuse}
    pairs = json.loads(line, object_pairs_hook=lambda pairs: pairs, **options)
    values = json.loads(line, **options)
    wanted = []
    for column, field in enumerate(fields):
        kind, text = field.split("=")
        if text == "GONE":
            continue
        if text == "NULL":
            value = None
        else:
            value = expected(kind, bytes.fromhex(text).decode("utf-8"))
        wanted.append(("c%d" % column, value))
    names = [name for name, _ in pairs[len(wanted):]]
    assert names == ["_op", "_lsn", "_seq", "_ts"], names
    for (name, _), (wanted_name, wanted_value) in zip(pairs, wanted):
        value = values[name]
        assert name == wanted_name, (name, wanted_name)
        assert value == wanted_value and type(value) is type(wanted_value), (value, wanted_value)


def main():
    # By bytes: a text's own line separators (U+2028) must not end a line here.
    rows = open(sys.argv[1], "rb").read().split(b"\n")
    values = open(sys.argv[2], encoding="ascii").read().split("\n")
    assert rows.pop() == b"" and values.pop() == ""
    assert len(rows) == len(values), (len(rows), len(values))
    for number, (row, line) in enumerate(zip(rows, values), 1):
        try:
            check(row.decode("utf-8"), line.split(" "))
        except (AssertionError, ValueError) as problem:
            sys.exit("row %d: %r: %s" % (number, row, problem))
    print("%d rows read" % len(rows))


main()
