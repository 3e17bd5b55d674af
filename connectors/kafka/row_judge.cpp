#include "connectors/kafka/row_judge.h"

#include <algorithm>

namespace slotcast::kafka {
namespace {

constexpr std::size_t kNotedMax = 1000;
// A record of progress has what was left out, and must be small enough for any topic.
constexpr std::size_t kLeftOutBytesMax = 64 << 10;
constexpr std::size_t kLeftOutBytes = 96;  // of a row, beside its names

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
  noted_.push_back({id_of(row), refusal});
}

void RowJudge::look_anew() {
  noted_.clear();
  topics_.look_anew();
}

std::optional<sink::Refusal> RowJudge::noted(const sink::Row& row) const {
  if (noted_.empty()) return std::nullopt;
  const auto found = std::find_if(noted_.begin(), noted_.end(),
                                  [&](const Noted& each) { return each.id.is_of(row); });
  if (found == noted_.end()) return std::nullopt;
  return found->refusal;
}

std::optional<std::vector<RowId>> RowJudge::left_out() const {
  if (batch_.left_out_bytes > kLeftOutBytesMax) return std::nullopt;
  return batch_.left_out;
}

std::optional<sink::Refusal> RowJudge::refuse(const sink::Row& row) {
  auto refusal = look_at(row);
  if (refusal) {
    note_left_out(row);
  } else {
    ++batch_.taken;
  }
  return refusal;
}

void RowJudge::note_left_out(const sink::Row& row) {
  if (batch_.is_of_letters || batch_.left_out_bytes > kLeftOutBytesMax) return;
  const RowId& id = batch_.left_out.emplace_back(id_of(row));
  batch_.left_out_bytes += id.table.size() + id.target.size() + kLeftOutBytes;
}

// As long as rows come that were committed ahead; null when it is not known.
const std::vector<RowId>* RowJudge::left_out_of_part() const {
  if (batch_.is_of_letters || !part_ || batch_.taken >= part_->rows || !part_->left_out) {
    return nullptr;
  }
  return &*part_->left_out;
}

std::optional<sink::Refusal> RowJudge::look_at(const sink::Row& row) {
  if (auto refusal = noted(row)) return refusal;
  const std::vector<RowId>* const left_out = left_out_of_part();
  if (left_out == nullptr) return is_on_ ? try_out(row) : std::nullopt;
  const bool was_left_out = std::any_of(left_out->begin(), left_out->end(),
                                        [&](const RowId& each) { return each.is_of(row); });
  if (!was_left_out) return std::nullopt;
  if (auto refusal = try_out(row)) return refusal;
  return refusal_of_row("it was refused before, and rows behind it are delivered");
}

// What cannot be told here, since nobody answers, say, write() tells.
std::optional<sink::Refusal> RowJudge::try_out(const sink::Row& row) {
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
