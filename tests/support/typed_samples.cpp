#include "tests/support/typed_samples.h"

namespace slotcast::test {
namespace {

using List = std::vector<TypedSample>;

constexpr const char* kAsText = "%::text";

List numbers() {
  using enum TypeClass;
  return {
      {"boolean", {"true", "false"}, Boolean},
      {"smallint", {"-32768", "0", "32767"}, Integer},
      {"integer", {"-2147483648", "7", "2147483647"}, Integer},
      {"bigint", {"-9223372036854775808", "9223372036854775807"}, Integer},
      {"oid", {"0", "4294967295"}, Integer},
      {"numeric",
       {"0.00", "-12345678901234567890.123456789012345678901234567890", "'NaN'", "'Infinity'",
        "'-Infinity'", "1e-20", "1e40", "repeat('9', 5000)::numeric"},
       Decimal},
      {"numeric(10,3)", {"1234567.890", "-0.001", "'NaN'"}, Decimal},
      {"real", {"'1e-45'", "'3.4028235e38'", "'-0'", "'NaN'", "'-Infinity'", "'0.1'"}, Float},
      {"double precision",
       {"'5e-324'", "'1.7976931348623157e308'", "'-0'", "'NaN'", "'Infinity'",
        "'0.30000000000000004'", "'1e20'"},
       Float},
      {"positive", {"1", "2147483647"}, Integer},
      {"money", {"'12.34'", "'-92233720368547758.08'", "'1234567.89'"}},
  };
}

List texts() {
  const std::vector<std::string> nasty = {"''",
                                          R"(E'\\N')",
                                          R"(E'\\.')",
                                          "'NULL'",
                                          "','",
                                          R"(E'"')",
                                          R"(E'"a","b"')",
                                          R"(E'line\nline\r\nline\r')",
                                          R"(E'\t tab \x01\x1f\x7f')",
                                          R"(E'back\\slash\\"')",
                                          "' x '",
                                          R"(U&'\00e9 \20ac \+01F600 \2028 \FEFF')",
                                          "'null'",
                                          "'NaN'",
                                          "'t'",
                                          "'007'",
                                          R"(repeat(E'"\n,\\', 5000))"};
  List list = {
      {"text", nasty},
      {"varchar", nasty},
      {"line_text", nasty},
      {"character(6)", {"'ab'", "''", R"(E'"a,\n')", R"(E'\\N')", "'sixsix'"}},
      {"\"char\"", {"'a'", R"(E'"')", R"(E'\n')", "','", "''"}},
      {"name", {"'a'", "repeat('n', 63)", R"(E'a"b,c')", "''"}},
      {"mood", {"'ok'", "'so, so'", R"(E'"very"\nsad')", R"(E'\\N')", "''"}},
      {"citext", {"'Ab'", "'a,B'"}},
      {"uuid",
       {"'00000000-0000-0000-0000-000000000000'", "'4f9f3b1e-66a1-4f7d-b8cf-0d3c5c0c5a11'"}},
      {"xml", {R"(E'<a b="1,2">x\n\\N</a>')", "''", "'<a/>'"}, {}, kAsText},
      // In JSON lines it loses its line breaks, which mean nothing.
      {"json",
       {R"(E'{"a" :\n[1,2, "\\\\n"],\r\n "a": null}')", "'1e400'", R"('"text"')", "'null'"},
       TypeClass::Json,
       "replace(replace(%::text, chr(10), ' '), chr(13), ' ')"},
      {"jsonb",
       {R"('{"a": [1, 2.50, "x\"y\n\\N"], "b": {}}')", "'12345678901234567890.10'", "'true'",
        R"('""')", "'[]'"},
       TypeClass::Json},
      {"jsonpath", {R"('$.a[*] ? (@ > 1 && @.b == "x")')"}, {}, kAsText},
      {"tsvector", {R"($$'it''s':1A 'a,b' '"q"':2$$)", "''"}},
      {"tsquery", {R"($$'a' & !('b,c' | 'd':*A) <-> '"q"'$$)", "''"}},
      {"hstore", {R"('"a,b"=>"x\"y", "c"=>NULL, "d"=>""')"}},
  };
  return list;
}

List times() {
  return {
      {"date", {"'2026-11-21'", "'0044-03-15 BC'", "'infinity'", "'-infinity'", "'5874897-12-31'"}},
      {"time", {"'00:00'", "'24:00'", "'23:59:59.999999'"}},
      {"time with time zone", {"'12:00:00.5+05:30'", "'23:59:59-15:59:59'"}},
      {"timestamp",
       {"'2026-11-21 05:40:12.123456'", "'4713-01-01 00:00 BC'", "'294276-12-31 23:59:59.999999'",
        "'infinity'", "'-infinity'"}},
      {"timestamp with time zone",
       {"'2026-11-21 05:40:12.1+03'", "'0001-01-01 00:00+00 BC'", "'infinity'", "'-infinity'"}},
      {"interval",
       {"'1 year -2 mons +3 days -04:05:06.789'", "'0'", "'178000000 years'", "'-1 microsecond'"}},
  };
}

List bits_and_places() {
  return {
      {"bytea",
       {"''",
        "(SELECT string_agg(decode(lpad(to_hex(i), 2, '0'), 'hex'), '' ORDER BY i) "
        "FROM generate_series(0, 255) i)",
        R"('\x5c4e')"}},
      {"bit(8)", {"B'00000000'", "B'10100101'", "B'11111111'"}},
      {"bit varying", {"B''", "B'0'", "repeat('10', 200)::varbit"}},
      {"inet", {"'127.0.0.1'", "'10.0.0.1/8'", "'::1'", "'2001:db8::/32'"}},
      {"cidr", {"'10.0.0.0/8'", "'2001:db8::/32'", "'1.2.3.4/32'"}},
      {"macaddr", {"'08:00:2b:01:02:03'"}},
      {"macaddr8", {"'08:00:2b:01:02:03:04:05'"}},
      {"point", {"'(1.5,-2)'", "'(NaN,Infinity)'"}, {}, kAsText},
      {"line", {"'{1,-1,0.5}'"}, {}, kAsText},
      {"lseg", {"'[(0,0),(1,1)]'"}, {}, kAsText},
      {"box", {"'(2,2),(0,0)'"}, {}, kAsText},
      {"path", {"'((0,0),(1,1),(2,0))'", "'[(0,0),(1,1)]'"}, {}, kAsText},
      {"polygon", {"'((0,0),(1,1),(2,0))'"}, {}, kAsText},
      {"circle", {"'<(1,2),3>'"}, {}, kAsText},
      {"pg_lsn", {"'0/0'", "'FFFFFFFF/FFFFFFFF'"}},
      {"xid", {"'0'", "'4294967295'"}},
      {"xid8", {"'18446744073709551615'"}},
      {"cid", {"'7'"}},
      {"tid", {"'(0,1)'", "'(4294967295,65535)'"}},
      {"txid_snapshot", {"'10:20:10,14,15'"}, {}, kAsText},
      {"regclass", {"'pg_class'", R"('"odd, name"')"}},
      {"regtype", {"'integer'", "'timestamp with time zone'"}},
      {"oidvector", {"'1 2 3'", "''"}},
      {"int2vector", {"'1 2'"}},
  };
}

List nested() {
  return {
      {"integer[]", {"'{}'", "'{1,NULL,-3}'", "'{{1,2},{3,4}}'", "'[0:1]={7,8}'"}},
      {"text[]",
       {R"(ARRAY['', 'NULL', NULL, E'\\N', 'a,b', E'"q"', E'x\ny', '{}', E'\\', U&'\00e9'])"}},
      {"double precision[]", {"'{NaN,Infinity,-0,1e-05}'"}},
      {"boolean[]", {"'{t,f,NULL}'"}},
      {"bytea[]", {R"(ARRAY['\x00ff'::bytea, ''])"}},
      {"timestamptz[]", {"ARRAY['2026-11-21 05:40:12+00'::timestamptz, 'infinity']"}},
      {"jsonb[]", {R"(ARRAY['{"a": "b,\"c"}'::jsonb, 'null'])"}},
      {"mood[]", {"ARRAY['so, so'::mood, 'ok', '']"}},
      {"int4range", {"'empty'", "'[1,5)'", "'(,)'", "'[3,)'"}},
      {"numrange", {"'(1.5,2.50]'", "'[-Infinity,NaN)'"}},
      {"tstzrange", {"'[2026-11-21 05:40:12.5+00,infinity]'", "'(,\"2000-01-01 00:00:00+00\")'"}},
      {"daterange", {"'[0044-03-15 BC,2026-11-21)'"}},
      {"text_range", {R"(text_range('a,"b', E'z\n\\'))", "'[\"\",\"\\\\\\\\N\"]'"}},
      {"int8multirange", {"'{}'", "'{[1,3),[5,9)}'"}},
      {"tsmultirange", {"'{[2026-11-21 05:40:12,infinity)}'"}},
      {"pair",
       {R"(ROW(1, E'a,"b"\n\\N', '{1,2}'))", "ROW(NULL, NULL, NULL)", "ROW(NULL, '', '{}')"}},
      {"pair[]", {R"(ARRAY[ROW(1, 'x"y,', NULL)::pair, NULL])"}},
  };
}

}  // namespace

const char* const kTypesOfTheirOwn =
    "CREATE EXTENSION citext; CREATE EXTENSION hstore;"
    "CREATE TYPE mood AS ENUM ('ok', 'so, so', E'\"very\"\\nsad', E'\\\\N', '');"
    "CREATE DOMAIN positive AS integer CHECK (VALUE > 0);"
    "CREATE DOMAIN line_text AS text;"
    "CREATE TYPE pair AS (number integer, words text, list integer[]);"
    "CREATE TYPE text_range AS RANGE (subtype = text, collation = \"C\");"
    "CREATE TABLE \"odd, name\" ();";

const std::vector<TypedSample>& typed_samples() {
  static const List all = [] {
    List list;
    for (const List& part : {numbers(), texts(), times(), bits_and_places(), nested()}) {
      list.insert(list.end(), part.begin(), part.end());
    }
    return list;
  }();
  return all;
}

}  // namespace slotcast::test
