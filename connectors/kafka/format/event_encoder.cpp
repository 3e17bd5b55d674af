#include "connectors/kafka/format/event_encoder.h"

#include "connectors/kafka/format/key_change.h"

namespace slotcast::kafka {
namespace {

constexpr const char* kNewKey = "__debezium.newkey";
constexpr const char* kOldKey = "__debezium.oldkey";

// Rows that were read from their table are of none, and messages need not be of one.
bool is_of_transaction(const Change& change) {
  const Operation operation = change.operation;
  if (operation == Operation::Message) return change.xid != 0;
  return operation != Operation::Read && operation != Operation::ResyncBegin &&
         operation != Operation::ResyncEnd;
}

}  // namespace

Status EventEncoder::append_key(const Event& event, Cells cells, Messages& out,
                                Messages::Part& key) {
  if (event.plan.key.empty()) return {};
  const std::size_t at = out.buffer().size();
  TRY(writer_->append_key(event, cells, out.buffer()));
  key = out.since(at);
  return {};
}

Status EventEncoder::append_event(Event event, Messages& out) {
  Messages::Message message;
  Messages::Header header;
  if (event.operation != 't') {
    TRY(append_key(event, event.operation == 'd' ? event.before : event.after, out, message.key));
  }
  if (event.header != nullptr) {
    header.name = event.header;
    TRY(append_key(event, event.other, out, header.value));
  }
  if (options_.transactions && is_of_transaction(event.change)) {
    event.order = transactions_.count(*event.change.relation);
    ++counted_;
  }
  const std::size_t at = out.buffer().size();
  TRY(writer_->append_event(event, transactions_, out.buffer()));
  message.value = out.since(at);
  out.add(message);
  if (event.header != nullptr) out.add_header(header);
  return {};
}

Status EventEncoder::append_deleted(Event event, Messages& out) {
  TRY(append_event(event, out));
  Messages::Message tombstone;
  tombstone.key = out.list().back().key;
  if (options_.tombstones && !tombstone.key.is_null) out.add(tombstone);
  return {};
}

Status EventEncoder::append(const Item& item, const Plan& plan, WallTime now, Messages& out) {
  const Change& change = *item.change;
  switch (change.operation) {
    case Operation::Truncate:
    case Operation::ResyncBegin:
      return append_event({change, plan, 't', {}, {}, now}, out);
    case Operation::ResyncEnd:
      return {};
    case Operation::Delete: {
      const Cells other = new_key_of(item, plan);
      return append_deleted(
          {change, plan, 'd', change.row, {}, now, other.empty() ? nullptr : kNewKey, other}, out);
    }
    case Operation::Create: {
      const Cells other = old_key_of(change, plan);
      return append_event(
          {change, plan, 'c', {}, change.row, now, other.empty() ? nullptr : kOldKey, other}, out);
    }
    case Operation::Update:
      if (!old_key_of(change, plan).empty()) {
        out.set_half(Messages::Half::Deleted);
        TRY(append_deleted({change, plan, 'd', change.old, {}, now, kNewKey, change.row}, out));
        out.set_half(Messages::Half::Created);
        TRY(append_event({change, plan, 'c', {}, change.row, now, kOldKey, change.old}, out));
        out.set_half(Messages::Half::None);
        return {};
      }
      return append_event({change, plan, 'u', old_row_of(change), change.row, now}, out);
    case Operation::Message:
      return append_event({change, plan, 'm', {}, change.row, now}, out);
    case Operation::Read:
      break;
  }
  return append_event({change, plan, 'r', {}, change.row, now}, out);
}

Status EventEncoder::append_boundary(bool is_end, Messages& out) {
  Messages::Message message;
  message.topic = Messages::Topic::Transactions;
  std::size_t at = out.buffer().size();
  TRY(writer_->append_boundary_key(transactions_, out.buffer()));
  message.key = out.since(at);
  at = out.buffer().size();
  TRY(writer_->append_boundary(transactions_, is_end, out.buffer()));
  message.value = out.since(at);
  out.add(message);
  return {};
}

Status EventEncoder::begin_transaction(const Change& change, Messages& out) {
  if (!options_.transactions || !is_of_transaction(change)) return {};
  if (transactions_.is_of(change)) return {};
  if (transactions_.is_open()) TRY(append_boundary(true, out));
  transactions_.begin(change);
  has_begun_ = true;
  return append_boundary(false, out);
}

Status EventEncoder::encode(const Item& item, WallTime now, Messages& out) {
  const Plan& plan = writer_->plan_of(item);
  if (plan.fault) return *plan.fault;
  const Messages::Mark mark = out.mark();
  counted_ = 0;
  has_begun_ = false;
  Status appended = begin_transaction(*item.change, out);
  if (appended.ok()) appended = append(item, plan, now, out);
  if (appended.ok()) return {};
  out.truncate(mark);
  if (has_begun_) {
    transactions_.undo_begin();
  } else if (counted_ != 0) {
    transactions_.uncount(*item.change->relation, counted_);
  }
  return appended;
}

Status EventEncoder::finish(WallTime /*now*/, Messages& out) {
  if (!transactions_.is_open()) return {};
  const Messages::Mark mark = out.mark();
  const Status appended = append_boundary(true, out);
  if (!appended.ok()) {
    out.truncate(mark);
    return appended;
  }
  transactions_.end();
  return {};
}

}  // namespace slotcast::kafka
