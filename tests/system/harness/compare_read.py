"""What a reader has read, folded and compared by PostgreSQL with the table it came from."""

from .postgres import Postgres
from .processes import TestFailed
from .readers import Reader, Sink
from .typed_columns import COLUMNS

SHOWN = 3


def not_finite_is_null(text: str) -> str:
    return f"CASE WHEN {text} NOT IN ('NaN', 'Infinity', '-Infinity') THEN {text} END"


def as_duckdb_has_it(text: str) -> str:
    """DuckDB takes a JSON number for a double, and -0 for an integer."""
    return (f"CASE WHEN {text} IN ('NaN', 'Infinity', '-Infinity') OR length({text}) > 300 THEN {text}"
            f" ELSE ({text}::float8 + 0)::text END")


def normal(sink: Sink, program: str, kind: str, text: str) -> str:
    """What differs where it means the same: done to both, the table's text and the reader's. CSV has
    to be the same to the last character."""
    if sink.format == "csv" or kind == "text":
        return text
    if kind == "number":
        if program == "DuckDB":
            text = as_duckdb_has_it(text)
        return not_finite_is_null(text) if sink.name == "nulls" else text
    if program == "DuckDB":
        return f"NULLIF(({text})::jsonb::text, 'null')" if kind == "json" else "NULL"
    # Line breaks between its tokens are blanks; JSON's null and SQL's are one.
    return f"NULLIF(translate({text}, E'\\r\\n', '  '), 'null')"


def texts_of(reader: Reader, is_typed: bool) -> list[str]:
    return [normal(reader.sink, reader.program, column.kind, column.text if is_typed else column.name)
            for column in COLUMNS]


def digest(texts: list[str]) -> str:
    return f"md5(ROW({', '.join(texts)})::text)"


def digests(reader: Reader, is_typed: bool) -> tuple[str, str]:
    """Of the columns that are compared as they are, and of the others."""
    texts = texts_of(reader, is_typed)
    return (digest([text for column, text in zip(COLUMNS, texts) if column.kind == "text"]),
            digest([text for column, text in zip(COLUMNS, texts) if column.kind != "text"]))


def digest_source(postgres: Postgres, all_readers: list[Reader]) -> None:
    pairs = {reader.name: digests(reader, True) for reader in all_readers}
    common = next(iter(pairs.values()))[0]
    others = ", ".join(f"{other} AS {name}" for name, (_, other) in pairs.items())
    postgres.query(f"CREATE UNLOGGED TABLE made.source AS SELECT id, {common} AS common, {others} FROM typed")


def fold(reader: Reader, postgres: Postgres) -> int:
    """The last of each key's changes; a value that was not sent is that of the change before."""
    table = reader.table
    postgres.query(f"CREATE UNIQUE INDEX ON {table} (_lsn, _seq)")
    postgres.query(
        f"CREATE UNLOGGED TABLE {table}_order AS SELECT id, _lsn, _seq, _op,"
        " row_number() OVER w AS number, lead(_seq) OVER w IS NULL AS is_last,"
        " lag(_lsn) OVER w AS before_lsn, lag(_seq) OVER w AS before_seq,"
        " _op = 'u' AND coalesce(_unchanged, '[]') <> '[]' AS has_gaps"
        f" FROM {table} WINDOW w AS (PARTITION BY id ORDER BY _lsn, _seq)")
    postgres.query(f"ANALYZE {table}_order")
    gaps = postgres.query(f"SELECT number, count(*) FROM {table}_order WHERE has_gaps GROUP BY 1 ORDER BY 1")
    names = [name for name, in postgres.query(
        f"SELECT DISTINCT jsonb_array_elements_text(_unchanged) FROM {table} WHERE _op = 'u'")]
    filled = ", ".join(f"{name} = CASE WHEN new._unchanged ? '{name}' THEN old.{name} ELSE new.{name} END"
                       for name in names)
    for number, _ in gaps:
        postgres.query(
            f"UPDATE {table} new SET {filled} FROM {table}_order o"
            f" JOIN {table} old ON old._lsn = o.before_lsn AND old._seq = o.before_seq"
            f" WHERE o.number = {number} AND o.has_gaps AND new._lsn = o._lsn AND new._seq = o._seq")
    return sum(count for _, count in gaps)


def compare(reader: Reader, postgres: Postgres) -> None:
    common, other = digests(reader, reader.column_types == "typed")
    last = f"{reader.table}_last"
    postgres.query(
        f"CREATE UNLOGGED TABLE {last} AS SELECT id, {common} AS common, {other} AS other FROM {reader.table}"
        f" JOIN (SELECT _lsn, _seq FROM {reader.table}_order WHERE is_last AND _op <> 'd') o"
        " USING (_lsn, _seq)")
    source = f"SELECT id, common, {reader.name} AS other FROM made.source"
    read = f"SELECT id, common, other FROM {last}"
    only = [[row[0] for row in postgres.query(f"{one} EXCEPT ALL {two} ORDER BY 1")]
            for one, two in ((source, read), (read, source))]
    if not only[0] and not only[1]:
        return
    shown = [difference(reader, postgres, key) for key in sorted({*only[0], *only[1]})[:SHOWN]]
    raise TestFailed(f"{reader.name}: {len(only[0])} rows of the table were not read, {len(only[1])} that"
                     " were read are not in the table:\n" + "\n".join(shown))


def difference(reader: Reader, postgres: Postgres, key: int) -> str:
    rows = []
    for is_table in (True, False):
        is_typed = is_table or reader.column_types == "typed"
        texts = texts_of(reader, is_typed)
        where = f"typed WHERE id = {key}" if is_table else (
            f"{reader.table} JOIN {reader.table}_order o USING (id, _lsn, _seq)"
            f" WHERE id = {key} AND is_last AND o._op <> 'd'")
        rows.append(postgres.query(f"SELECT {', '.join(texts)} FROM {where}"))
    if len(rows[0]) != 1 or len(rows[1]) != 1:
        return f"  id {key}: {len(rows[0])} times in the table, {len(rows[1])} times read"
    return f"  id {key}: " + "; ".join(
        f"{column.name} read {found!r:.300}, wanted {wanted!r:.300}"
        for column, wanted, found in zip(COLUMNS, rows[0][0], rows[1][0]) if wanted != found)
