"""The nouns of the comparison: what was committed, row by row, as a stage file should show it."""

import dataclasses
import json
import typing

NUMBERS = {"smallint", "integer", "bigint", "oid", "numeric", "real", "double precision"}
DOMAINS = {"small": "integer"}  # of the tests' tables: a domain is shown as its base type
NOT_A_NUMBER = {"NaN", "Infinity", "-Infinity"}


class Number(str):
    """A JSON number by its digits: 1.10 and 1.1 are different to us."""

    def __repr__(self) -> str:
        return "number " + str(self)


def parse_json(text: str) -> typing.Any:
    return json.loads(text, parse_int=Number, parse_float=Number, parse_constant=Number)


def as_json(type_name: str, text: str | None) -> typing.Any:
    """What a value that PostgreSQL prints as `text` must be in a stage file's line."""
    if text is None:
        return None
    type_name = DOMAINS.get(type_name, type_name)
    if type_name in NUMBERS and text not in NOT_A_NUMBER:
        return Number(text)
    if type_name == "boolean":
        return text in ("true", "t")
    if type_name in ("json", "jsonb"):
        return parse_json(text)
    return text


def parse_lsn(text: str) -> int:
    high, low = text.split("/")
    return (int(high, 16) << 32) | int(low, 16)


def format_lsn(lsn: int) -> str:
    return f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}"


Position = tuple[int, int]  # the commit's LSN, the ordinal in the transaction from 1


@dataclasses.dataclass(frozen=True)
class Change:
    position: Position
    table: str  # schema.table
    op: str  # c u d t
    values: dict[str, typing.Any]  # a column that is absent was not sent
    timestamp: str

    def place(self) -> str:
        key = self.values.get("id", "-")
        return (f"_lsn {format_lsn(self.position[0])} _seq {self.position[1]} table {self.table} "
                f"op {self.op} id {key}")


History = dict[Position, Change]
