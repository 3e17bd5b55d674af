#include "daemon/route_hazard.h"

#include <algorithm>

#include "lib/pg/quote.h"
#include "lib/sql/syntax_places.h"

namespace slotcast {
namespace {

using Clause = route::Shaping::Clause;

// One find_hazard().
class Search {
 public:
  Search(const pg::SourceRelation& table, const route::Way& way)
      : table_(table), shape_(*way.shape), said_(*way.route->shaping) {}

  std::string find() const {
    for (const std::uint32_t column : shape_.filter_columns()) {
      if (!may_be_missing(column)) continue;
      const auto offset = sql::find_column(*said_.where, name_of(column));
      return sentence(column, Clause::Where, offset.value_or(0), "where asks for it");
    }
    for (const route::Shape::Mixed& mixed : shape_.mixed_columns()) {
      if (!may_be_missing(mixed.column)) continue;
      return sentence(mixed.column, Clause::Select, mixed.offset,
                      "select makes a value of it and of others");
    }
    if (!shape_.may_enter_unseen()) return {};
    for (const std::uint32_t column : shape_.row_columns()) {
      if (!may_be_missing(column)) continue;
      return sentence(column, Clause::Where, sql::begin_of(*said_.where),
                      "a row that enters the filter needs it");
    }
    return {};
  }

 private:
  const std::string& name_of(std::uint32_t column) const {
    return table_.relation.columns[column].name;
  }

  bool may_be_missing(std::uint32_t index) const {
    const Column& column = table_.relation.columns[index];
    const bool is_full = table_.relation.replica_identity == 'f';
    return table_.may_be_long[index] && !(is_full ? column.is_primary_key : column.is_key);
  }

  std::string sentence(std::uint32_t column, Clause clause, std::uint32_t offset,
                       const std::string& why) const {
    const Relation& relation = table_.relation;
    const std::string what =
        "table " + relation.full_name() + ": an UPDATE need not repeat column " + name_of(column) +
        " when it is long and stays, but " + why + ". Do without it, or: ALTER TABLE " +
        pg::quote_table(relation.schema, relation.table) + " REPLICA IDENTITY FULL";
    return said_.refusal(clause, {what, offset}).what;
  }

  const pg::SourceRelation& table_;
  const route::Shape& shape_;
  const route::Shaping& said_;
};

}  // namespace

std::string find_unsent(const pg::SourceRelation& table, const route::Route& route) {
  if (!route.shaping || !route.matches(table.relation.schema, table.relation.table)) return {};
  const route::Shaping& said = *route.shaping;
  for (const std::string& column : table.unsent) {
    const std::string what = "table " + table.relation.full_name() + ": column " + column +
                             " is generated, and the server does not send it; write its expression";
    if (said.where) {
      if (const auto offset = sql::find_column(*said.where, column)) {
        return said.refusal(Clause::Where, {what, *offset}).what;
      }
    }
    for (const sql::SelectItem& item : said.select) {
      if (!item.expression) continue;
      if (const auto offset = sql::find_column(*item.expression, column)) {
        return said.refusal(Clause::Select, {what, *offset}).what;
      }
    }
  }
  return {};
}

std::string find_hazard(const pg::SourceRelation& table, const route::Way& way) {
  const Relation& relation = table.relation;
  const bool has_updates = std::any_of(relation.columns.begin(), relation.columns.end(),
                                       [](const Column& column) { return column.is_key; });
  const bool is_full = relation.replica_identity == 'f';
  // Without an identity only INSERT is published.
  if (!way.shape || !has_updates || (is_full && !relation.is_full_in_part)) return {};
  return Search(table, way).find();
}

}  // namespace slotcast
