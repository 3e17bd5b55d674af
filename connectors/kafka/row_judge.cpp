#include "connectors/kafka/row_judge.h"

#include <algorithm>

namespace slotcast::kafka {
namespace {

constexpr std::size_t kNotedMax = 1000;

std::string target_of(const sink::Row& row) {
  return row.target == nullptr ? std::string() : *row.target;
}

}  // namespace

// Source: PostgreSQL, documentation, appendix A: program_limit_exceeded, data_exception.
sink::Refusal refusal_of_size(std::string why) {
  return {"54000", std::move(why)};
}

sink::Refusal refusal_of_row(std::string why) {
  return {"22000", std::move(why)};
}

void RowJudge::note(const sink::Row& row, const sink::Refusal& refusal) {
  is_on_ = true;
  if (noted_.size() == kNotedMax) noted_.pop_front();
  noted_.push_back({row.change->id, row.change->relation->full_name(), target_of(row), refusal});
}

void RowJudge::look_anew() {
  noted_.clear();
  topics_.look_anew();
}

std::optional<sink::Refusal> RowJudge::noted(const sink::Row& row) const {
  if (noted_.empty()) return std::nullopt;
  const auto found = std::find_if(noted_.begin(), noted_.end(), [&](const Noted& each) {
    return each.id == row.change->id && each.target == target_of(row) &&
           each.table == row.change->relation->full_name();
  });
  if (found == noted_.end()) return std::nullopt;
  return found->refusal;
}

// What cannot be told here, since nobody answers, say, write() tells.
std::optional<sink::Refusal> RowJudge::refuse(const sink::Row& row) {
  if (auto refusal = noted(row)) return refusal;
  const auto way = topics_.way_for(row);
  if (!way.ok()) return std::nullopt;
  messages_.clear();
  encoder_->reset();
  const Item item{row.change, &way.value()->topic->name, way.value()->key, nullptr};
  const Status encoded = encoder_->encode(item, clock_.wall(), messages_);
  if (encoded.ok()) return refuse_any(row, *way.value());
  if (encoded.error().kind != ErrorKind::Rejected) return std::nullopt;
  return refusal_of_row(encoded.error().what);
}

std::optional<sink::Refusal> RowJudge::refuse_any(const sink::Row& row, const Way& way) {
  for (const Messages::Message& message : messages_.list()) {
    const auto outgoing = outbox_.address(*row.change, way, messages_, message);
    if (!outgoing.ok()) return refusal_of_row(outgoing.error().what);
    auto why = too_large(*outgoing.value(), *way.topic);
    if (why && topics_.look_again(way.topic->name)) why = too_large(*outgoing.value(), *way.topic);
    if (why) return refusal_of_size(std::move(*why));
  }
  return std::nullopt;
}

}  // namespace slotcast::kafka
