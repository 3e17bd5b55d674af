#include "lib/pg/catalog.h"

#include <charconv>
#include <map>
#include <set>

namespace slotcast::pg {
namespace {

std::uint32_t oid_of(const Field& field) {
  std::uint32_t oid = 0;
  if (field) std::from_chars(field->data(), field->data() + field->size(), oid);
  return oid;
}

// Follows domains down to their base type, however deep.
std::string types_query(const std::vector<std::uint32_t>& types) {
  std::string list;
  for (const std::uint32_t type : types) {
    list += (list.empty() ? "" : ",") + std::to_string(type);
  }
  return "WITH RECURSIVE t(oid, base) AS ("
         " SELECT oid, oid FROM pg_catalog.pg_type WHERE oid = ANY ('{" +
         list +
         "}'::oid[])"
         " UNION ALL"
         " SELECT t.oid, p.typbasetype FROM t JOIN pg_catalog.pg_type p ON p.oid = t.base"
         " WHERE p.typtype = 'd')"
         " SELECT t.oid, pg_catalog.format_type(t.oid, NULL), own.typtype, t.base,"
         " CASE WHEN base.typcategory = 'A' THEN base.typelem ELSE 0 END, base.typtype"
         " FROM t JOIN pg_catalog.pg_type own ON own.oid = t.oid"
         " JOIN pg_catalog.pg_type base ON base.oid = t.base WHERE base.typtype <> 'd'";
}

Status add_enum_labels(Connection& connection, const std::set<std::uint32_t>& enums,
                       std::map<std::uint32_t, ColumnFacts>& known) {
  for (auto& [oid, facts] : known) {
    if (!enums.contains(oid)) continue;
    TRY_ASSIGN(const Rows labels,
               connection.query("SELECT enumlabel FROM pg_catalog.pg_enum WHERE enumtypid = " +
                                std::to_string(facts.base_oid) + " ORDER BY enumsortorder"));
    for (const auto& row : labels) facts.enum_labels.push_back(row[0].value_or(""));
  }
  return {};
}

// ALTER TABLE ... REPLICA IDENTITY FULL of a partitioned table leaves its partitions as they are.
Result<bool> read_full_in_part(Connection& connection, RelationId relation) {
  TRY_ASSIGN(const Rows rows,
             connection.query("SELECT FROM pg_catalog.pg_class c WHERE c.relkind = 'p'"
                              " AND c.relreplident = 'f' AND c.oid = " +
                              std::to_string(relation.oid) +
                              " AND EXISTS (SELECT FROM pg_catalog.pg_partition_tree(c.oid) t"
                              " JOIN pg_catalog.pg_class m ON m.oid = t.relid"
                              " WHERE t.isleaf AND m.relreplident <> 'f')"));
  return !rows.empty();
}

}  // namespace

Result<RelationFacts> read_relation_facts(Connection& connection, RelationId relation,
                                          const std::vector<std::uint32_t>& types) {
  TRY_ASSIGN(const Rows rows, connection.query(types_query(types)));
  std::map<std::uint32_t, ColumnFacts> known;
  std::set<std::uint32_t> enums;  // domains over one included
  for (const auto& row : rows) {
    ColumnFacts facts;
    facts.type_name = row[1].value_or("");
    facts.kind = row[2] && !row[2]->empty() ? (*row[2])[0] : 'b';
    facts.base_oid = oid_of(row[3]);
    facts.element_oid = oid_of(row[4]);
    if (row[5] == "e") enums.insert(oid_of(row[0]));
    known[oid_of(row[0])] = std::move(facts);
  }
  TRY(add_enum_labels(connection, enums, known));

  RelationFacts facts;
  for (const std::uint32_t type : types) {
    ColumnFacts column = known[type];
    if (column.base_oid == 0) column.base_oid = type;
    facts.columns.push_back(std::move(column));
  }
  TRY_ASSIGN(const Rows key,
             connection.query("SELECT a.attname FROM pg_catalog.pg_index i"
                              " JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid"
                              " AND a.attnum = ANY (i.indkey) AND pg_catalog.array_position("
                              "i.indkey::int2[], a.attnum) < i.indnkeyatts"
                              " WHERE i.indisprimary AND i.indrelid = " +
                              std::to_string(relation.oid) + " ORDER BY a.attnum"));
  for (const auto& row : key) facts.primary_key.push_back(row[0].value_or(""));
  TRY_ASSIGN(facts.is_full_in_part, read_full_in_part(connection, relation));
  return facts;
}

}  // namespace slotcast::pg
