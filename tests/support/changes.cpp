#include "tests/support/changes.h"

namespace slotcast::test {

Relation make_relation(const std::string& schema, const std::string& table,
                       const std::vector<ColumnOf>& columns, char replica_identity) {
  Relation relation;
  relation.version = next_relation_version();
  relation.id = {static_cast<std::uint32_t>(relation.version)};
  relation.schema = schema;
  relation.table = table;
  relation.replica_identity = replica_identity;
  for (const ColumnOf& one : columns) {
    Column column;
    column.name = one.name;
    column.is_key = one.is_key;
    column.type_class = one.type_class;
    relation.columns.push_back(column);
  }
  return relation;
}

const Change& Changes::add(Operation operation, const Relation& relation,
                           std::initializer_list<Value> row) {
  return add(operation, relation, std::vector<Value>(row));
}

const Change& Changes::add(Operation operation, const Relation& relation,
                           const std::vector<Value>& row) {
  std::vector<Cell>& cells = cells_.emplace_back();
  for (const Value& value : row) {
    const std::string& text = texts_.emplace_back(value.text);
    cells.push_back({text.data(), static_cast<std::uint32_t>(text.size()), value.kind});
  }
  Change& change = changes_.emplace_back();
  change.operation = operation;
  change.id = {commit_lsn_, ++ordinal_};
  change.commit_time = commit_time_;
  change.relation = &relation;
  change.row = cells;
  return change;
}

void Changes::begin_transaction(Lsn commit_lsn, PgTime commit_time) {
  commit_lsn_ = commit_lsn;
  commit_time_ = commit_time;
  ordinal_ = 0;
}

}  // namespace slotcast::test
