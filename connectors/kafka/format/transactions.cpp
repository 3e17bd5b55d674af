#include "connectors/kafka/format/transactions.h"

#include <utility>

namespace slotcast::kafka {

void Transactions::begin(const Change& change) {
  std::swap(open_, before_);
  open_.is_open = true;
  open_.lsn = change.id.commit_lsn;
  open_.xid = change.xid;
  open_.time = change.commit_time;
  open_.id = std::to_string(change.xid);
  open_.id += ':';
  open_.id += std::to_string(change.id.commit_lsn.value);
  open_.events = 0;
  open_.count = 0;
  open_.last = 0;
}

Transactions::Table& Transactions::find(const Relation& relation) {
  const std::uint32_t oid = relation.id.oid;
  const bool is_last = open_.last < open_.count && open_.tables[open_.last].oid == oid;
  for (std::size_t i = 0; !is_last && i < open_.count; ++i) {
    if (open_.tables[i].oid != oid) continue;
    open_.last = i;
    return open_.tables[i];
  }
  if (is_last) return open_.tables[open_.last];
  if (open_.count == open_.tables.size()) open_.tables.emplace_back();
  open_.last = open_.count++;
  Table& table = open_.tables[open_.last];
  table.oid = oid;
  // Messages are of no table, and Debezium's name for that is this.
  table.name = relation.table.empty() ? "LOGICAL_DECODING_MESSAGE" : relation.schema;
  if (!relation.table.empty()) {
    table.name += '.';
    table.name += relation.table;
  }
  table.events = 0;
  return table;
}

Transactions::Order Transactions::count(const Relation& relation) {
  return {++open_.events, ++find(relation).events};
}

void Transactions::uncount(const Relation& relation, std::uint64_t events) {
  open_.events -= events;
  find(relation).events -= events;
}

}  // namespace slotcast::kafka
