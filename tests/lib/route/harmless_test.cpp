// Goal:   no filter gets into a publication that could fail for some row: the server would never
//         get past that row.
// Method: filters of every form, and each that could fail beside one that cannot. Those that pass
//         are asked of a real server, for rows with the values that are hardest on them.
#include "lib/route/harmless.h"

#include <catch2/catch.hpp>

#include "lib/sql/scope.h"
#include "tests/support/changes.h"
#include "tests/support/postgres.h"

using namespace slotcast;
using namespace slotcast::test;

namespace {

struct TypedColumn {
  const char* name;
  const char* type;
  std::uint32_t oid;
};

// Source: PostgreSQL, src/include/catalog/pg_type.dat.
constexpr TypedColumn kColumns[] = {{"flag", "boolean", 16},
                                    {"small", "smallint", 21},
                                    {"n", "integer", 23},
                                    {"big", "bigint", 20},
                                    {"exact", "numeric", 1700},
                                    {"rough", "double precision", 701},
                                    {"single", "real", 700},
                                    {"word", "text", 25},
                                    {"short", "varchar(20)", 1043},
                                    {"day", "date", 1082},
                                    {"clock", "time", 1083},
                                    {"moment", "timestamp", 1114},
                                    {"instant", "timestamptz", 1184},
                                    {"mark", "uuid", 2950},
                                    {"doc", "jsonb", 3802},
                                    {"raw", "bytea", 17},
                                    {"list", "integer[]", 1007}};

Relation relation_of_all() {
  Relation relation = make_relation("public", "t", {});
  for (const TypedColumn& each : kColumns) {
    Column column;
    column.name = each.name;
    column.type_oid = column.base_oid = each.oid;
    column.collation = each.oid == 25 || each.oid == 1043 ? Collation::Equality : Collation::None;
    relation.columns.push_back(column);
  }
  return relation;
}

std::string harm(const std::string& where) {
  const auto parsed = sql::parse_where(where);
  if (parsed.complaint) FAIL(where << ": " << parsed.complaint->what);
  const auto complaint = route::find_harm(*parsed.value, sql::scope_of(relation_of_all()));
  return complaint ? complaint->what : "";
}

const std::vector<std::string> kHarmless = {"n = 1",
                                            "n <> -5",
                                            "n != 5",
                                            "1 < n",
                                            "n >= 9999999999",
                                            "small <= big",
                                            "n = 1.5",
                                            "exact > 0.1",
                                            "exact = n",
                                            "rough < 1.5",
                                            "rough > n",
                                            "single = rough",
                                            "big = exact",
                                            "rough <> 'NaN'",
                                            "exact <> 'NaN'",
                                            "word = 'a'",
                                            "word = short",
                                            "short <> 'it''s'",
                                            "flag",
                                            "NOT flag",
                                            "flag = true",
                                            "flag IS TRUE",
                                            "flag IS NOT UNKNOWN",
                                            "(n > 1) IS NOT FALSE",
                                            "word IS NULL",
                                            "doc IS NOT NULL",
                                            "list IS NULL",
                                            "raw IS NULL",
                                            "n = NULL",
                                            "NULL",
                                            "TRUE",
                                            "n IN (1, 2, NULL)",
                                            "word NOT IN ('a', 'b')",
                                            "big IN (n, small, 7)",
                                            "n BETWEEN 1 AND 10",
                                            "day NOT BETWEEN '2026-01-01' AND '2026-12-31'",
                                            "day = DATE '2026-01-01'",
                                            "moment > TIMESTAMP '2026-01-01 10:00:00'",
                                            "instant < '2026-01-01 00:00:00+00'",
                                            "clock < '10:00'",
                                            "mark = '00000000-0000-0000-0000-000000000000'",
                                            "word IS DISTINCT FROM short",
                                            "word LIKE 'a%'",
                                            "short NOT LIKE '_b%'",
                                            "n = 1 AND (flag OR NOT word = 'x')",
                                            "n = 1 -- a comment"};

// With what it is about.
const std::vector<std::pair<std::string, std::string>> kHarmful = {
    {"CAST(word AS bigint) > 1", "only columns and constants"},
    {"word::int = 1", "only columns and constants"},
    {"n / small = 1", "only columns and constants"},
    {"n + 1 = 2", "only columns and constants"},
    {"- n = 2", "only columns and constants"},
    {"lower(word) = 'a'", "only columns and constants"},
    {"length(word) > 1", "only columns and constants"},
    {"coalesce(n, 0) = 1", "only columns and constants"},
    {"CASE WHEN flag THEN true ELSE false END", "only comparisons"},
    {"rough = exact", "these types"},
    {"exact < single", "these types"},
    {"day < instant", "these types"},
    {"moment = instant", "these types"},
    {"doc = '{}'", "these types"},
    {"raw = 'x'", "these types"},
    {"day = 'today'", "these types"},
    {"instant > 'now'", "these types"},
    {"instant > '2026-01-01 10:00'", "these types"},
    {"day = DATE 'yesterday'", "only columns and constants"},
    {"word = 'C:\\new'", "without a backslash"},
    {"word = text 'C:\\new'", "without a backslash"},
    {"word LIKE 'a\\'", "LIKE"},
    {"word LIKE short", "LIKE"},
    {"word LIKE 'a!%' ESCAPE '!'", "LIKE"},
    {"n LIKE '1'", "LIKE"},
    {"_op = 'c'", "_op is not a column"},
    {"elsewhere = 1", "elsewhere is not a column"},
    {"elsewhere IS NULL", "elsewhere is not a column"},
    {"n = 1 AND _xid = 5", "_xid is not a column"},
    {"n = 1 OR word::int = 1", "only columns and constants"},
    {"NOT (n IN (1, word::int))", "only columns and constants"},
};

}  // namespace

TEST_CASE("what cannot fail passes", "[route][pushdown]") {
  for (const std::string& where : kHarmless) {
    CAPTURE(where);
    CHECK(harm(where) == "");
  }
}

TEST_CASE("what could fail does not", "[route][pushdown]") {
  for (const auto& [where, why] : kHarmful) {
    CAPTURE(where);
    CHECK_THAT(harm(where), Catch::Contains(why));
  }
}

TEST_CASE("what passes fails for no row of a real table", "[route][pushdown][postgres]") {
  const Postgres server;
  std::string columns;
  for (const TypedColumn& each : kColumns) {
    columns += (columns.empty() ? "" : ", ") + std::string(each.name) + " " + each.type;
  }
  server.psql("CREATE TABLE t (" + columns + ")");
  server.psql("INSERT INTO t DEFAULT VALUES");
  server.psql(
      "INSERT INTO t VALUES (true, 32767, 2147483647, 9223372036854775807, '1e1000', 'Infinity',"
      " 'NaN', '\\', repeat('x', 20), 'infinity', '24:00', 'infinity', 'infinity',"
      " 'ffffffff-ffff-ffff-ffff-ffffffffffff', '{}', '\\x00', '{1}'),"
      " (false, -32768, -2147483648, -9223372036854775808, 'NaN', '-1e308', '-3e38', '', '',"
      " '-infinity', '00:00', '4713-01-01 BC', '-infinity',"
      " '00000000-0000-0000-0000-000000000000', 'null', '', '{}')");
  for (const std::string& where : kHarmless) {
    CAPTURE(where);
    CHECK_NOTHROW(server.psql("SELECT count(*) FROM t WHERE (" + where + "\n)"));
    server.psql("CREATE PUBLICATION p FOR TABLE t WHERE (" + where + "\n)");
    server.psql("DROP PUBLICATION p");
  }
}
