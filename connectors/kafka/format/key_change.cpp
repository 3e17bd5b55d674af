#include "connectors/kafka/format/key_change.h"

#include <algorithm>

namespace slotcast::kafka {
namespace {

bool is_same(const Cell& one, const Cell& other) {
  return one.kind == other.kind && one.text() == other.text();
}

// What was not sent is not known to differ.
bool differ(const Plan& plan, Cells one, Cells other) {
  return std::any_of(plan.key.begin(), plan.key.end(), [&](std::uint32_t i) {
    return !one[i].is_unchanged() && !other[i].is_unchanged() && !is_same(one[i], other[i]);
  });
}

bool is_behind(const Change& change, const Change& next) {
  return next.id.commit_lsn == change.id.commit_lsn && next.id.ordinal == change.id.ordinal + 1 &&
         next.relation->id == change.relation->id;
}

}  // namespace

Cells old_key_of(const Change& change, const Plan& plan) {
  if (change.old.empty() || !differ(plan, change.old, change.row)) return {};
  return change.old;
}

Cells new_key_of(const Item& item, const Plan& plan) {
  const Change* const next = item.next;
  if (next == nullptr || next->operation != Operation::Create || next->old.empty()) return {};
  if (!is_behind(*item.change, *next) || !differ(plan, item.change->row, next->row)) return {};
  return next->row;
}

Change half_of(const Change& change, Messages::Half half) {
  Change made = change;
  if (half == Messages::Half::Created) made.operation = Operation::Create;
  if (half == Messages::Half::Deleted) {
    made.operation = Operation::Delete;
    made.row = change.old;
    made.old = {};
  }
  return made;
}

Cells old_row_of(const Change& change) {
  return change.relation->replica_identity == 'f' ? change.old : Cells{};
}

}  // namespace slotcast::kafka
