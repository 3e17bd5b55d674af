#include "connectors/kafka/hazard.h"

#include <algorithm>

namespace slotcast::kafka {
namespace {

// Partitions with another identity than their table's send at least its key, which is theirs.
bool is_sent_of_old(const Relation& relation, const Column& column) {
  return relation.is_full_in_part ? column.is_primary_key : column.is_key;
}

// Without an identity there are none, and no DELETEs.
bool has_updates(const Relation& relation) {
  return std::any_of(relation.columns.begin(), relation.columns.end(),
                     [](const Column& column) { return column.is_key; });
}

std::string remedy(const Relation& relation) {
  return std::string("REPLICA IDENTITY FULL") +
         (relation.is_full_in_part ? " on each partition" : "") + " makes it send it";
}

}  // namespace

std::string find_key_hazard(const Relation& relation, const std::vector<std::string>& key) {
  if (!has_updates(relation)) return {};
  for (const Column& column : relation.columns) {
    const bool is_of_key = std::find(key.begin(), key.end(), column.name) != key.end();
    if (!is_of_key || is_sent_of_old(relation, column)) continue;
    return "table " + relation.full_name() + ": column " + column.name +
           " is part of the messages' key (keys), and the server does not send what it was: an "
           "UPDATE of it leaves the old key's message standing, and a DELETE goes by on_error; " +
           remedy(relation);
  }
  return {};
}

std::string find_partition_hazard(const Relation& relation, const std::string& column) {
  const auto found = std::find_if(relation.columns.begin(), relation.columns.end(),
                                  [&](const Column& each) { return each.name == column; });
  const std::string about = "table " + relation.full_name() + ": column " + column;
  if (found == relation.columns.end()) {
    return about +
           ", which chooses the partition (partition_column), is not there: its first row "
           "stops the sink";
  }
  if (!has_updates(relation) || is_sent_of_old(relation, *found)) return {};
  return about +
         " chooses the partition (partition_column), and the server does not send it with " +
         "a DELETE, nor a long value that an UPDATE leaves as it is: those go by on_error; " +
         remedy(relation);
}

std::string find_hazard(const Options& options, const Relation& relation) {
  for (const auto& [table, key] : options.keys) {
    if (table != relation.full_name()) continue;
    std::string hazard = find_key_hazard(relation, key);
    if (!hazard.empty()) return hazard;
  }
  if (options.partition != PartitionBy::Column) return {};
  return find_partition_hazard(relation, options.partition_column);
}

}  // namespace slotcast::kafka
