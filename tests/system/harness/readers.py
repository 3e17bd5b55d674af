"""Programs that we did not write read a stage's files, each into a table of PostgreSQL."""

import dataclasses
import json
import pathlib
import shlex
import subprocess
import tempfile
import typing

import psycopg2

from .postgres import Postgres
from .processes import require
from .typed_columns import COLUMNS

OUR_FOLDER = pathlib.Path(__file__).resolve().parent.parent
META = {"_op": "text", "_lsn": "pg_lsn", "_seq": "bigint", "_ts": "timestamptz", "_unchanged": "jsonb"}
NAMES = ["id", *(column.name for column in COLUMNS)]
UNPACK = {"none": ["cat", "--"], "gzip": ["gzip", "-dc", "--"], "zstd": ["zstd", "-dcq", "--"]}
PIECE_BYTES = 1 << 20
LINE_BYTES = 1 << 25  # DuckDB's own limits are smaller than our longest text


@dataclasses.dataclass
class Sink:
    """How a stage is written, as the configuration says it, and so how it is read."""

    name: str
    format: str
    compress: str = "none"
    csv: dict[str, typing.Any] = dataclasses.field(default_factory=dict)
    jsonl: dict[str, typing.Any] = dataclasses.field(default_factory=dict)
    meta: list[str] = dataclasses.field(default_factory=list)

    @property
    def settings(self) -> dict[str, typing.Any]:
        given = {"format": self.format, "compress": self.compress, "csv": self.csv, "jsonl": self.jsonl,
                 "meta": self.meta, "pattern": "{schema}.{table}/%Y%m%d-%U." + self.format}
        return {name: value for name, value in given.items() if value}

    def csv_setting(self, name: str) -> typing.Any:
        defaults = {"separator": ",", "enclosure": '"', "escape": '"', "line_end": "\n", "header": False,
                    "null": "\\N"}
        return self.csv.get(name, defaults[name])

    @property
    def meta_columns(self) -> list[str]:
        default = ["_op", "_lsn", "_seq", "_ts"]
        return self.meta or (default + ["_unchanged"] if self.format == "csv" else default)


@dataclasses.dataclass
class Files:
    """What the manifest names."""

    paths: list[pathlib.Path]
    rows: int


def files_of(stage: pathlib.Path) -> Files:
    lines = [json.loads(line) for path in sorted((stage / "_manifest").glob("*.jsonl"))
             for line in path.read_text(encoding="utf-8").splitlines()]
    require(len(lines) > 0, f"{stage} has no files")
    paths = [stage / line["file"] for line in lines]
    visible = {path for path in stage.glob("public.*/*")}
    require(visible == set(paths), f"{stage}: the manifest and the files differ: {visible ^ set(paths)}")
    return Files(paths, sum(line["rows"] for line in lines))


def literal(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"


@dataclasses.dataclass
class Reader:
    """One program and one stage. Loads `table`, whose columns are typed where PostgreSQL reads, and
    otherwise texts: then it is the reader's own text that is compared."""

    sink: Sink
    files: Files
    postgres: Postgres
    program = ""
    column_types = "text"

    @property
    def name(self) -> str:
        return f"{self.sink.name}_{self.program}".lower()

    @property
    def table(self) -> str:
        return "made.by_" + self.name

    def make_table(self) -> None:
        meta = {**META, "_xid": "bigint"}
        columns = [f"{column.name} {column.type if self.column_types == 'typed' else 'text'}"
                   for column in COLUMNS]
        columns += [f"{name} {kind}" for name, kind in meta.items()]
        self.postgres.query(f"CREATE UNLOGGED TABLE {self.table} (id bigint, {', '.join(columns)})")

    def read(self) -> None:
        raise NotImplementedError

    def unpacked(self, *paths: pathlib.Path) -> str:
        return shlex.join([*UNPACK[self.sink.compress], *map(str, paths)])

    def copy(self, columns: list[str], options: str, script: str, given: str = "") -> None:
        """What the shell script prints."""
        with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as errors:
            source.write(given.encode())
            source.seek(0)
            refused = ""
            with subprocess.Popen(["bash", "-o", "pipefail", "-c", script], stdin=source,
                                  stdout=subprocess.PIPE, stderr=errors) as process:
                output = typing.cast(typing.IO[bytes], process.stdout)
                try:
                    self.copy_from(output, columns, options)
                except psycopg2.Error as error:
                    refused = str(error)
                output.close()
            errors.seek(0)
            said = refused + errors.read().decode(errors="replace")
            require(not refused and process.returncode == 0,
                    f"{self.name}: ended with {process.returncode}: {said:.4000}")

    def copy_from(self, output: typing.IO[bytes], columns: list[str], options: str) -> None:
        connection = self.postgres.connect()
        try:
            connection.cursor().copy_expert(
                f"COPY {self.table} ({', '.join(columns)}) FROM STDIN ({options})", output, PIECE_BYTES)
        finally:
            connection.close()


class ByPostgres(Reader):
    program = "PostgreSQL"
    column_types = "typed"

    def read(self) -> None:
        setting = self.sink.csv_setting
        options = ("FORMAT csv, DELIMITER {}, QUOTE {}, ESCAPE {}, NULL {}".format(
            *(literal(setting(name)) for name in ("separator", "enclosure", "escape", "null"))))
        if setting("header"):
            options += ", HEADER match"
        for path in self.files.paths:
            self.copy(NAMES + self.sink.meta_columns, options, self.unpacked(path))


class BySimdjson(Reader):
    program = "simdjson"
    read_json = ""

    def read(self) -> None:
        columns = [column.name + (":json" if column.is_json else "") for column in COLUMNS]
        meta = self.sink.meta_columns
        reading = shlex.join([self.read_json, "id", *columns, *meta])
        self.copy([*NAMES, *meta, "_unchanged"], "FORMAT text",
                  f"{self.unpacked(*self.files.paths)} | {reading}")


class ByDuckdb(Reader):
    program = "DuckDB"
    folder = ""

    def read(self) -> None:
        is_csv = self.sink.format == "csv"
        columns = NAMES + self.sink.meta_columns + ([] if is_csv else ["_unchanged"])
        statements = ["SET threads = 2", "SET memory_limit = '2GB'",
                      f"COPY (SELECT {', '.join(columns)} FROM {self.csv() if is_csv else self.json_lines()})"
                      " TO '/dev/stdout' (FORMAT csv, HEADER false, FORCE_QUOTE *)"]
        self.copy(columns, "FORMAT csv, NULL ''",
                  shlex.join(["node", str(OUR_FOLDER / "duckdb.js"), self.folder]),
                  "".join(statement + "\n;\n" for statement in statements))

    def paths(self) -> str:
        return "[" + ", ".join(literal(path) for path in self.files.paths) + "]"

    def csv(self) -> str:
        setting = self.sink.csv_setting
        columns = ", ".join(f"{name}: 'VARCHAR'" for name in NAMES + self.sink.meta_columns)
        given = {"delim": setting("separator"), "quote": setting("enclosure"), "escape": setting("escape"),
                 "nullstr": setting("null"), "new_line": setting("line_end")}
        options = ", ".join(f"{name} = {literal(value)}" for name, value in given.items())
        options = options.replace("\r", "\\r").replace("\n", "\\n")
        return (f"read_csv({self.paths()}, auto_detect = false, header = {setting('header')}, {options},"
                f" allow_quoted_nulls = false, max_line_size = {LINE_BYTES}, columns = {{{columns}}})")

    def json_lines(self) -> str:
        """With the names that have no key: of the values that the server did not send."""
        kinds = {column.name: "JSON" if column.is_json else "VARCHAR" for column in COLUMNS}
        names = NAMES + self.sink.meta_columns
        columns = ", ".join(f"{name}: '{kinds.get(name, 'VARCHAR')}'" for name in names)
        options = f"format = 'newline_delimited', maximum_object_size = {LINE_BYTES}"
        every = "[" + ", ".join(literal(name) for name in names) + "]"
        return (f"read_json({self.paths()}, {options}, columns = {{{columns}}}) LEFT JOIN"
                f" (SELECT json->>'$._lsn' AS _lsn, json->>'$._seq' AS _seq, to_json(list_filter({every},"
                f" lambda name: NOT list_contains(json_keys(json), name))) AS _unchanged"
                f" FROM read_json_objects({self.paths()}, {options})"
                f" WHERE len(json_keys(json)) < {len(names)}) USING (_lsn, _seq)")
