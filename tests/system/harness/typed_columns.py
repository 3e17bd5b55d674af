"""A column for every type that PostgreSQL has, with values at its edges."""

import dataclasses


@dataclasses.dataclass
class Column:
    name: str
    type: str
    values: list[str]  # expressions of SQL; NULL comes in addition
    more: str = ""     # an expression that has another value in each row
    kind: str = "text"  # or number, json, exotic_json: how readers of JSON differ

    @property
    def text(self) -> str:
        """As the type prints: a cast takes the blanks off character(n), and adds to inet."""
        printed = f"{self.name}::text" if self.type == "boolean" else f"format('%s', {self.name})"
        return f"CASE WHEN num_nulls({self.name}) = 0 THEN {printed} END"

    @property
    def is_json(self) -> bool:
        return self.kind.endswith("json")

    @property
    def expression(self) -> str:
        """A random one of the values, for the row in hand."""
        choices = self.values + [self.more] * (2 + len(self.values) // 2) if self.more else self.values
        cases = " ".join(f"WHEN {at} THEN ({value})::{self.type}" for at, value in enumerate(choices))
        return f"CASE floor(random() * {len(choices) + 1})::int {cases} END"


def literals(*texts: str) -> list[str]:
    return ["'" + text.replace("'", "''") + "'" for text in texts]


def some(low: float, high: float, divide: int = 1) -> str:
    text = f"floor({low} + random() * ({high} - {low}))::bigint"
    return text if divide == 1 else f"{text}::numeric / {divide}"


MOMENT = "('2000-01-01'::timestamp + random() * interval '40 years')"
BYTES = "decode(md5(random()::text) || md5(random()::text), 'hex')"
ALL_BYTES = ("(SELECT string_agg(decode(lpad(to_hex(i), 2, '0'), 'hex'), '' ORDER BY i)"
             " FROM generate_series(0, 255) i)")
LONG = "((SELECT string_agg(md5(random()::text || id || g), '\"') FROM generate_series(1, {}) g) || one.t)"


def numbers() -> list[Column]:
    infinite = literals("NaN", "Infinity", "-Infinity", "-0")
    return [
        Column("c_bool", "boolean", ["true", "false"]),
        Column("c_int2", "smallint", ["'-32768'", "0", "32767"], some(-32768, 32768)),
        Column("c_int4", "integer", ["'-2147483648'", "2147483647"], some(-2**31, 2**31)),
        Column("c_int8", "bigint", literals("-9223372036854775808", "9223372036854775807",
                                            "9007199254740993"), some(-2**60, 2**60)),
        Column("c_oid", "oid", ["0", "4294967295"], some(0, 2**32)),
        Column("c_numeric", "numeric", [
            "0.00", "'-12345678901234567890.123456789012345678901234567890'", "'NaN'", "'Infinity'",
            "'-Infinity'", "1e-20", "1e40", "1.50", "repeat('9', 800)"], some(-2**50, 2**50, 10000),
            kind="number"),
        Column("c_decimal", "numeric(14,3)", ["1234567.890", "'-0.001'", "'NaN'"],
               some(-2**36, 2**36, 1000), kind="number"),
        Column("c_real", "real", infinite + literals("1e-45", "3.4028235e38", "0.1"),
               "random() * 1000", kind="number"),
        Column("c_double", "double precision", infinite + literals(
            "5e-324", "1.7976931348623157e308", "0.30000000000000004", "1e20", "2.2250738585072011e-308"),
            "random() * 1e6", kind="number"),
        Column("c_positive", "positive", ["1", "2147483647"], some(1, 2**31)),
        Column("c_money", "money", literals("12.34", "-92233720368547758.08", "1234567.89"),
               some(-2**50, 2**50, 100)),
    ]


def texts() -> list[Column]:
    word = "md5(random()::text)"
    return [
        Column("c_text", "text", ["''", "E'\\\\N'", LONG.format(3)], "one.t"),
        Column("c_varchar", "varchar", ["''", "'null'"], "two.t || one.t"),
        Column("c_limited", "varchar(30)", ["''"], "left(two.t, 30)"),
        Column("c_line_text", "line_text", ["''"], "three.t"),
        Column("c_character", "character(12)", ["''", "'ab'", "E'\\\\N'", "'twelve bytes'"],
               "left(two.t, 12)"),
        Column("c_char", '"char"', literals("a", '"', "\n", ",", ";", "'", "\\", ""),
               "chr(1 + floor(random() * 126)::int)"),
        Column("c_name", "name", ["''", "repeat('n', 63)"], "left(three.t, 12)"),
        Column("c_mood", "mood", literals("ok", "so, so", '"very"\nsad', "\\N", "", "it's;")),
        Column("c_uuid", "uuid", ["'00000000-0000-0000-0000-000000000000'"], f"{word}::uuid"),
        Column("c_xml", "xml", literals('<a b="1,2;\'">x\n\\N</a>', "<a/>", "<é>\u2028</é>"),
               f"xmlelement(name a, xmlattributes({word} AS b), E'x\\r\\n<>&\"''\\\\')"),
        Column("c_json", "json", literals('{"a" :\n[1,2, "\\\\n"],\r\n "b": null}', '"text"', "null", "[ ]"),
               "json_build_object('w', one.t, two.t || 'k', floor(random() * 1000)::int)", kind="json"),
        Column("c_jsonb", "jsonb", literals('{"a": [1, 2.5, "x\\"y\\n\\\\N"], "b": {}}', "true", '""', "null",
                                            '"1"', "7"),
               "jsonb_build_object('w', two.t, three.t || 'k', jsonb_build_array(NULL, true, one.t))",
               kind="json"),
        Column("c_json_digits", "json", literals("1e400", "-0", '{"a": 1.50, "a": 2e0}',
                                                 "[12345678901234567890.123456789]"), kind="exotic_json"),
        Column("c_jsonb_digits", "jsonb", literals("1e40", "12345678901234567890.10", "[1.50]"),
               kind="exotic_json"),
        Column("c_jsonpath", "jsonpath", literals('$.a[*] ? (@ > 1 && @.b == "x\\\\\\",;")')),
        Column("c_tsvector", "tsvector", literals("'it''s':1A 'a,b' '\"q\"':2", ""),
               "to_tsvector('simple', one.t)"),
        Column("c_tsquery", "tsquery", literals("'a' & !('b,c' | 'd':*A) <-> '\"q\"'"),
               f"plainto_tsquery('simple', {word} || ' ' || 'a''b\\c')"),
        Column("c_refcursor", "refcursor", ["''"], "one.t"),
        # Beyond what a page has.
        Column("c_body", "text", [], f"CASE WHEN random() < 0.02 THEN {LONG.format(200)}"
               f" WHEN random() < 0.0001 THEN repeat(one.t || ',;\"''\\', 20000) ELSE 'short' END"),
    ]


def times() -> list[Column]:
    infinite = literals("infinity", "-infinity")
    zone = "at time zone 'UTC'"
    return [
        Column("c_date", "date", infinite + literals("0044-03-15 BC", "4713-01-01 BC", "5874897-12-31"),
               MOMENT),
        Column("c_time", "time", literals("00:00", "24:00", "23:59:59.999999"), MOMENT),
        Column("c_timetz", "time with time zone",
               literals("12:00:00.5+05:30", "23:59:59-15:59:59", "24:00+00"),
               f"{MOMENT}::time::text || '-03'"),
        Column("c_timestamp", "timestamp", infinite + literals(
            "4713-01-01 00:00 BC", "294276-12-31 23:59:59.999999", "1999-12-31 23:59:60"), MOMENT),
        Column("c_timestamptz", "timestamp with time zone", infinite + literals(
            "0001-01-01 00:00+00 BC", "0001-01-01 00:00+00", "2026-11-21 05:40:12.1+03"), f"{MOMENT} {zone}"),
        Column("c_interval", "interval",
               literals("1 year -2 mons +3 days -04:05:06.789", "0", "178000000 years", "-1 microsecond"),
               "random() * interval '100 days'"),
    ]


def bits_and_places() -> list[Column]:
    at = "random() * 100"
    point = f"point({at}, random())"
    return [
        Column("c_bytea", "bytea", ["''", ALL_BYTES, "'\\x5c4e'"], BYTES),
        Column("c_bit", "bit(8)", ["B'00000000'", "B'11111111'"], "floor(random() * 256)::int::bit(8)"),
        Column("c_varbit", "bit varying", ["B''", "B'0'", "repeat('10', 200)"],
               "floor(random() * 1e6)::int::bit(21)"),
        Column("c_inet", "inet", literals("127.0.0.1", "10.0.0.1/8", "::1", "2001:db8::/32"),
               f"'0.0.0.0'::inet + {some(0, 2**32)}"),
        Column("c_cidr", "cidr", literals("10.0.0.0/8", "2001:db8::/32", "1.2.3.4/32")),
        Column("c_macaddr", "macaddr", literals("08:00:2b:01:02:03")),
        Column("c_macaddr8", "macaddr8", literals("08:00:2b:01:02:03:04:05")),
        Column("c_point", "point", literals("(1.5,-2)", "(NaN,Infinity)", "(-0,5e-324)"), point),
        Column("c_line", "line", literals("{1,-1,0.5}")),
        Column("c_lseg", "lseg", literals("[(0,0),(1,1)]"), f"lseg({point}, {point})"),
        Column("c_box", "box", literals("(2,2),(0,0)"), f"box({point}, {point})"),
        Column("c_path", "path", literals("((0,0),(1,1),(2,0))", "[(0,0),(1,1)]")),
        Column("c_polygon", "polygon", literals("((0,0),(1,1),(2,0))"), f"polygon(box({point}, {point}))"),
        Column("c_circle", "circle", literals("<(1,2),3>"), f"circle({point}, {at})"),
    ]


def of_the_server() -> list[Column]:
    return [
        Column("c_pg_lsn", "pg_lsn", literals("0/0", "FFFFFFFF/FFFFFFFF")),
        Column("c_xid", "xid", literals("0", "4294967295")),
        Column("c_xid8", "xid8", literals("18446744073709551615")),
        Column("c_cid", "cid", literals("7")),
        Column("c_tid", "tid", literals("(0,1)", "(4294967295,65535)")),
        Column("c_txid_snapshot", "txid_snapshot", literals("10:20:10,14,15")),
        Column("c_pg_snapshot", "pg_snapshot", literals("10:20:10,14,15")),
        Column("c_aclitem", "aclitem", literals("postgres=r/postgres")),
        Column("c_regclass", "regclass", literals("pg_class", '"odd, name"')),
        Column("c_regcollation", "regcollation", literals('"C"', '"POSIX"')),
        Column("c_regconfig", "regconfig", literals("simple")),
        Column("c_regdictionary", "regdictionary", literals("simple")),
        Column("c_regnamespace", "regnamespace", literals("public")),
        Column("c_regoper", "regoper", literals("||/")),
        Column("c_regoperator", "regoperator", literals("+(integer,integer)")),
        Column("c_regproc", "regproc", literals("now")),
        Column("c_regprocedure", "regprocedure", literals("sum(integer)")),
        Column("c_regrole", "regrole", literals("postgres")),
        Column("c_regtype", "regtype", literals("integer", "timestamp with time zone", '"char"')),
        Column("c_oidvector", "oidvector", literals("1 2 3", "")),
        Column("c_int2vector", "int2vector", literals("1 2")),
    ]


def ranges() -> list[Column]:
    low, span = some(-1000, 0), some(1, 1000)
    return [
        Column("c_int4range", "int4range", literals("empty", "(,)", "[3,)"),
               f"int4range(({low})::int, ({span})::int)"),
        Column("c_int8range", "int8range", literals("empty"), f"int8range({low}, {span}, '[]')"),
        Column("c_numrange", "numrange", literals("(1.5,2.50]", "[-Infinity,NaN)"),
               f"numrange({low}, {span})"),
        Column("c_daterange", "daterange", literals("[0044-03-15 BC,2026-11-21)", "(,infinity)")),
        Column("c_tsrange", "tsrange", literals("[-infinity,infinity]"), f"tsrange({MOMENT}, NULL)"),
        Column("c_tstzrange", "tstzrange", literals("[2026-11-21 05:40:12.5+00,infinity]",
                                                    '(,"2000-01-01 00:00:00+00")')),
        Column("c_text_range", "text_range", ["text_range('a,\"b', E'z\\n\\\\')", *literals('["","\\\\N"]')],
               "text_range(NULL, one.t)"),
        Column("c_int4multirange", "int4multirange", literals("{}", "{[1,3),[5,9)}")),
        Column("c_int8multirange", "int8multirange", literals("{}", "{[1,3),[5,9)}")),
        Column("c_nummultirange", "nummultirange", literals("{[1.5,2.50],(3,)}")),
        Column("c_datemultirange", "datemultirange", literals("{[0044-03-15 BC,2026-11-21)}")),
        Column("c_tsmultirange", "tsmultirange", literals("{[2026-11-21 05:40:12,infinity)}")),
        Column("c_tstzmultirange", "tstzmultirange", literals("{(,2000-01-01 00:00:00+00)}")),
        Column("c_text_ranges", "text_ranges", [], "text_ranges(text_range(one.t, NULL))"),
    ]


def nested() -> list[Column]:
    words = "ARRAY['', 'NULL', NULL, E'\\\\N', 'a,b', E'\"q\"', E'x\\ny', '{}', E'\\\\', ';''']"
    pair = f"ROW({some(0, 1000)}, one.t, ARRAY[1, NULL, 3])::pair"
    return [
        Column("c_int_list", "integer[]", literals("{}", "{1,NULL,-3}", "{{1,2},{3,4}}", "[0:1]={7,8}")),
        Column("c_text_list", "text[]", [words, f"ARRAY[{words}, {words}]"], "ARRAY[one.t, NULL, two.t]"),
        Column("c_double_list", "double precision[]", literals("{NaN,Infinity,-0,1e-05}")),
        Column("c_numeric_list", "numeric[]", literals("{NaN,-Infinity,1.50,NULL}")),
        Column("c_bool_list", "boolean[]", literals("{t,f,NULL}")),
        Column("c_bytea_list", "bytea[]", ["ARRAY['\\x00ff'::bytea, '']"], f"ARRAY[{BYTES}]"),
        Column("c_timestamptz_list", "timestamptz[]", literals('{"2026-11-21 05:40:12+00",infinity}')),
        Column("c_interval_list", "interval[]", literals('{"1 year -3 days",00:00:00.000001}')),
        Column("c_money_list", "money[]", literals('{"$1,234.50",-$0.01}')),
        Column("c_json_list", "json[]", ["ARRAY[E'{\"a\" :\\n\"b,\\\\\"c\"}'::json, 'null']"]),
        Column("c_jsonb_list", "jsonb[]", [], "ARRAY[to_jsonb(one.t), 'null', NULL]"),
        Column("c_mood_list", "mood[]", ["ARRAY['so, so'::mood, 'ok', '', E'\\\\N']"]),
        Column("c_box_list", "box[]", literals("{(2,2),(0,0);(1,1),(0,0)}")),
        Column("c_range_list", "int4range[]", literals('{"[1,5)",empty}')),
        Column("c_pair", "pair", ["ROW(NULL, NULL, NULL)", "ROW(NULL, '', '{}')"], pair),
        Column("c_pair_list", "pair[]", ["ARRAY[ROW(1, 'x\"y,', NULL)::pair, NULL]"],
               f"ARRAY[{pair}, {pair}]"),
        Column("c_nest", "nest", ["ROW(NULL, '\"', '{}', 'infinity')"],
               f"ROW({pair}, two.t, ARRAY[{pair}], {MOMENT})"),
    ]


COLUMNS = [*numbers(), *texts(), *times(), *bits_and_places(), *of_the_server(), *ranges(), *nested()]
