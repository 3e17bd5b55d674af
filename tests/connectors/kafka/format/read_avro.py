"""Reads Avro messages with fastavro, by the schemas that a registry would have, and prints each as a
line of JSON.

usage: read_avro.py SCHEMAS MESSAGES

SCHEMAS has a line for each schema, numbered from 1. MESSAGES has a line for each message, in
hexadecimal. A decimal is printed as a text, bytes in hexadecimal, a date or a time in ISO 8601, a
number that is none as a text.
"""
import datetime
import decimal
import io
import json
import math
import struct
import sys

import fastavro

DATETIMES = (datetime.date, datetime.time, datetime.datetime)


def plain(value):
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [plain(element) for element in value]
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, DATETIMES):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def read(message, schemas):
    zero, number = struct.unpack(">bi", message[:5])
    if zero != 0:
        raise ValueError(f"a message begins with {zero}")
    rest = io.BytesIO(message[5:])
    value = fastavro.schemaless_reader(rest, schemas[number - 1])
    left = len(rest.read())
    if left:
        raise ValueError(f"{left} bytes are left of a message of {len(message)}")
    return value


def main():
    with open(sys.argv[1], encoding="utf-8") as lines:
        schemas = [fastavro.parse_schema(json.loads(line)) for line in lines]
    decimal.getcontext().prec = 200
    with open(sys.argv[2], encoding="ascii") as lines:
        for line in lines:
            value = plain(read(bytes.fromhex(line), schemas))
            print(json.dumps(value, ensure_ascii=False, allow_nan=False))


if __name__ == "__main__":
    main()
