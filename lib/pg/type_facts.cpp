#include "lib/pg/type_facts.h"

#include "lib/pg/field.h"

namespace slotcast::pg {
namespace {

constexpr const char* kTypesQuery = R"(
WITH RECURSIVE t(oid, base, modifier) AS (
  SELECT oid, oid, -1 FROM pg_catalog.pg_type WHERE oid = ANY ($1::oid[])
  UNION ALL
  SELECT t.oid, p.typbasetype, p.typtypmod
  FROM t JOIN pg_catalog.pg_type p ON p.oid = t.base WHERE p.typtype = 'd')
SELECT t.oid, pg_catalog.format_type(t.oid, NULL), own.typtype, t.base,
       CASE WHEN base.typcategory = 'A' THEN base.typelem ELSE 0 END,
       base.typtype, t.modifier, coalesce(collation_class.letter, '-')
FROM t JOIN pg_catalog.pg_type own ON own.oid = t.oid
JOIN pg_catalog.pg_type base ON base.oid = t.base
LEFT JOIN )";
constexpr const char* kTypesWhere = R"( collation_class ON collation_class.oid = own.typcollation
WHERE base.typtype <> 'd')";

// The bytes are those of UTF-8 here, whatever the server stores. Those of the other two encodings
// have the same order. A provider of the server's own ('b', since 17) orders by bytes always; which
// provider the default collation has is told since 15, and was libc before.
constexpr const char* kCollations = R"((
SELECT k.oid,
       CASE WHEN NOT k.collisdeterministic THEN 'n'
            WHEN NOT d.keeps_order THEN 'd'
            WHEN k.collprovider = 'b' OR (k.collprovider = 'c' AND k.collcollate IN ('C', 'POSIX'))
              OR (k.collprovider = 'd' AND d.is_by_bytes) THEN 'c'
            ELSE 'd' END AS letter
FROM pg_catalog.pg_collation k CROSS JOIN (
  SELECT pg_catalog.pg_encoding_to_char(encoding) IN ('UTF8', 'LATIN1', 'SQL_ASCII') AS keeps_order,
         provider = 'b' OR (provider = 'c' AND datcollate IN ('C', 'POSIX')) AS is_by_bytes
  FROM pg_catalog.pg_database whole
  CROSS JOIN LATERAL coalesce(
    pg_catalog.to_jsonb(whole) ->> 'datlocprovider', 'c') provider
  WHERE datname = pg_catalog.current_database()) d))";

Status add_enum_labels(Connection& connection, TypeFacts& facts) {
  std::set<std::uint32_t> enums;
  for (const auto& [oid, type] : facts) {
    if (type.base_kind == 'e') enums.insert(type.base_oid);
  }
  if (enums.empty()) return {};
  TRY_ASSIGN(const Rows rows,
             connection.query("SELECT enumtypid, enumlabel FROM pg_catalog.pg_enum"
                              " WHERE enumtypid = ANY ($1::oid[]) ORDER BY enumsortorder",
                              {oid_array(enums)}));
  std::map<std::uint32_t, std::vector<std::string>> labels;
  for (const auto& row : rows) {
    labels[number<std::uint32_t>(row[0])].push_back(row[1].value_or(""));
  }
  for (auto& [oid, type] : facts) {
    if (type.base_kind == 'e') type.enum_labels = labels[type.base_oid];
  }
  return {};
}

}  // namespace

std::string collation_classes() {
  return kCollations;
}

std::string oid_array(const std::set<std::uint32_t>& oids) {
  std::string list = "{";
  for (const std::uint32_t oid : oids) list += (list.size() > 1 ? "," : "") + std::to_string(oid);
  return list + "}";
}

Result<TypeFacts> read_type_facts(Connection& connection, const std::set<std::uint32_t>& types) {
  TypeFacts facts;
  if (types.empty()) return facts;
  TRY_ASSIGN(const Rows rows,
             connection.query(kTypesQuery + collation_classes() + kTypesWhere, {oid_array(types)}));
  for (const auto& row : rows) {
    CatalogColumn& type = facts[number<std::uint32_t>(row[0])];
    type.type_name = row[1].value_or("");
    type.kind = letter(row[2]);
    type.base_oid = number<std::uint32_t>(row[3]);
    type.element_oid = number<std::uint32_t>(row[4]);
    type.base_kind = letter(row[5]);
    type.base_modifier = number<std::int32_t>(row[6]);
    type.collation = static_cast<Collation>(letter(row[7]));
  }
  TRY(add_enum_labels(connection, facts));
  return facts;
}

}  // namespace slotcast::pg
