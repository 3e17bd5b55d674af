"""The table of every type, and rows for it."""

import random

from .postgres import Postgres
from .typed_columns import COLUMNS

POOL_SIZE = 3000
LEFT_ALONE = "c_body"  # by updates: so the server does not send it where it is long
WHOLE = ["", "\\N", "\\.", "NULL", "null", '"', "\\", ",", ";", "'", "\n", "\r", "\r\n", "[]", "{}", " ",
         '"\\N"', "''", '""', "\t", "\ufeff", "\u200b", "\u2028", "NaN", "t", "007", "\x7f", "\x01"]
PIECES = [",", ";", "\t", "|", '"', "'", "`", "\\", "\n", "\r", "\r\n", "\\N", "\\.", '""', "''", '\\"',
          "\\'", "\n\\.\n", "NULL", " ", "  ", "\u200b", "\u200d", "\u2028", "\u2029", "\u0085", "\u00a0",
          "\U0001f600", "\U0010ffff", "\ufffd", "e\u0301", "\u202e", "\x1b[0m", "\x01", "\x1f", "x" * 20]
LIMITS = (0x80, 0x80, 0x800, 0x10000, 0x110000)

# What the types need that are not built in.
MAKE = (
    "CREATE TYPE mood AS ENUM ('ok', 'so, so', E'\"very\"\\nsad', E'\\\\N', '', 'it''s;')",
    "CREATE DOMAIN positive AS integer CHECK (VALUE > 0)",
    "CREATE DOMAIN line_text AS text",
    "CREATE TYPE pair AS (number integer, words text, list integer[])",
    "CREATE TYPE nest AS (inner_pair pair, words text, pairs pair[], at timestamp)",
    "CREATE TYPE text_range AS RANGE (subtype = text, collation = \"C\", multirange_type_name = text_ranges)",
    "CREATE TABLE \"odd, name\" ()",
)
# Of a table or of the server alone; nothing of a user's is stored in them, or they have no input.
NOT_STORED = {"pg_node_tree", "pg_ndistinct", "pg_dependencies", "pg_mcv_list", "pg_brin_bloom_summary",
              "pg_brin_minmax_multi_summary", "gtsvector"}


def character(source: random.Random) -> str:
    """Any that PostgreSQL stores."""
    code = source.randrange(1, source.choice(LIMITS))
    return chr(code - 0x1000 if 0xD800 <= code < 0xE000 else code)


def nasty_text(source: random.Random) -> str:
    if source.random() < 0.1:
        return source.choice(WHOLE)
    parts = []
    for _ in range(source.randrange(10)):
        kind = source.randrange(3)
        parts.append(source.choice(PIECES) if kind == 0 else "x" * source.randrange(12) if kind == 1
                     else character(source))
    blanks = source.choice(["", "", "", " ", "\t"])
    return blanks + "".join(parts) + source.choice(["", "", "", " ", "\r", "\\"])


def uncovered_types(postgres: Postgres) -> list[str]:
    """The built-in types that no column has."""
    built_in = postgres.query(
        "SELECT typname FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace"
        " AND typtype IN ('b', 'r', 'm') AND typcategory <> 'A' ORDER BY 1")
    there = postgres.query("SELECT t.typname FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid"
                           " WHERE a.attrelid = 'typed'::regclass AND a.attnum > 0")
    return sorted({name for name, in built_in} - {name for name, in there} - NOT_STORED)


def make_tables(postgres: Postgres, source: random.Random) -> None:
    for statement in MAKE:
        postgres.query(statement)
    columns = ", ".join(f"{column.name} {column.type}" for column in COLUMNS)
    postgres.query(f"CREATE TABLE typed (id bigint PRIMARY KEY, {columns})")
    postgres.query("CREATE SCHEMA made")
    postgres.query("CREATE TABLE made.pool (i int PRIMARY KEY, t text NOT NULL)")
    pool = (WHOLE + [nasty_text(source) for _ in range(POOL_SIZE)])[:POOL_SIZE]
    postgres.query("INSERT INTO made.pool SELECT n - 1, t FROM unnest(%s) WITH ORDINALITY AS l(t, n)", pool)
    postgres.query("ANALYZE made.pool")


def rows_sql(first: int, last: int, step: int) -> str:
    """What they have depends on the session's setseed() alone."""
    chosen = ", ".join(f"floor(random() * {POOL_SIZE})::int AS {name}" for name in "abc")
    made = ", ".join(f"{column.expression} AS {column.name}" for column in COLUMNS)
    return (f"SELECT id, {made}"
            f" FROM (SELECT id, {chosen} FROM generate_series({first}, {last}, {step}) id OFFSET 0) rows"
            " JOIN made.pool one ON one.i = a JOIN made.pool two ON two.i = b"
            " JOIN made.pool three ON three.i = c")


def insert_sql(first: int, last: int, step: int = 1) -> str:
    return f"INSERT INTO typed {rows_sql(first, last, step)} ON CONFLICT DO NOTHING"


def update_sql(first: int, last: int, step: int) -> str:
    """New values for all columns but the longest."""
    changes = ", ".join(f"{column.name} = made.{column.name}" for column in COLUMNS
                        if column.name != LEFT_ALONE)
    return f"UPDATE typed SET {changes} FROM ({rows_sql(first, last, step)}) made WHERE typed.id = made.id"
