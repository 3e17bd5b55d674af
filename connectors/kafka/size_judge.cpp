#include "connectors/kafka/size_judge.h"

namespace slotcast::kafka {
namespace {

constexpr const char* kProgramLimitExceeded = "54000";
constexpr const char* kUntranslatable = "22000";

}  // namespace

std::optional<std::string> too_large(const Messages& messages, const Topic& topic) {
  for (const Messages::Message& message : messages.list()) {
    if (message.topic != Messages::Topic::Table) continue;
    const std::uint64_t bytes = std::uint64_t{message.key.size} + message.value.size;
    if (bytes <= topic.bytes_max) continue;
    return "its message has " + std::to_string(bytes) + " bytes, and topic " + topic.name +
           " takes " + std::to_string(topic.bytes_max) + " (max.message.bytes)";
  }
  return std::nullopt;
}

// What cannot be told here, since nobody answers, say, write() tells.
std::optional<sink::Refusal> SizeJudge::refuse(const sink::Row& row) {
  const auto way = topics_.way_for(row);
  if (!way.ok()) return std::nullopt;
  messages_.clear();
  encoder_->reset();
  const Item item{row.change, &way.value()->topic->name, way.value()->key, nullptr};
  const Status encoded = encoder_->encode(item, WallTime{}, messages_);
  if (!encoded.ok()) {
    if (encoded.error().kind != ErrorKind::Rejected) return std::nullopt;
    return sink::Refusal{kUntranslatable, encoded.error().what};
  }
  const Topic& topic = *way.value()->topic;
  auto why = too_large(messages_, topic);
  if (why && topics_.look_again(topic.name)) why = too_large(messages_, topic);
  if (!why) return std::nullopt;
  return sink::Refusal{kProgramLimitExceeded, std::move(*why)};
}

}  // namespace slotcast::kafka
