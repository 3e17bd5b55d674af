#include "connectors/kafka/key_hazard.h"

#include <algorithm>

namespace slotcast::kafka {
namespace {

// Partitions with another identity than their table's send at least its key, which is theirs.
bool is_sent_of_old(const Relation& relation, const Column& column) {
  return relation.is_full_in_part ? column.is_primary_key : column.is_key;
}

}  // namespace

std::string find_key_hazard(const Relation& relation, const std::vector<std::string>& key) {
  // Without an identity there are no UPDATEs.
  const bool has_updates = std::any_of(relation.columns.begin(), relation.columns.end(),
                                       [](const Column& column) { return column.is_key; });
  if (!has_updates) return {};
  for (const Column& column : relation.columns) {
    const bool is_of_key = std::find(key.begin(), key.end(), column.name) != key.end();
    if (!is_of_key || is_sent_of_old(relation, column)) continue;
    return "table " + relation.full_name() + ": column " + column.name +
           " is part of the messages' key (keys), and the server does not send what it was: an "
           "UPDATE of it leaves the old key's message standing, and a DELETE goes by on_error; "
           "REPLICA IDENTITY FULL" +
           (relation.is_full_in_part ? " on each partition" : "") + " makes it send it";
  }
  return {};
}

}  // namespace slotcast::kafka
