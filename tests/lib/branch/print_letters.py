"""Prints a dead-letter file as letter_test.cpp describes it: print_letters.py FILE."""
import json
import sys


def text_of(value):
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) else value.encode()


def keys_of(columns):
    names = [text_of(column["name"]) for column in columns]
    try:
        return [name.decode() for name in names]
    except UnicodeDecodeError:
        return ["\\x" + name.hex() for name in names]


def cells_of(row, keys):
    if row is None:
        return " -"
    text = " +"
    for key in keys:
        text += " "
        if key in row:
            text += "null" if row[key] is None else "=" + text_of(row[key]).hex()
    return text


def main():
    with open(sys.argv[1], encoding="utf-8", newline="\n") as file:
        for line in file:
            letter = json.loads(line)
            keys = keys_of(letter["table"]["columns"])
            print(letter["lsn"], letter["seq"], letter["xid"], letter["op"],
                  text_of(letter["error"]).hex() + cells_of(letter.get("row"), keys) +
                  cells_of(letter.get("old"), keys))


if __name__ == "__main__":
    main()
