#include "connectors/stage/acceptance.h"

#include <algorithm>

namespace slotcast::stage {
namespace {

// Far above the tables of one source; reached only when their definitions keep changing.
constexpr std::size_t kRelationsMax = 20'000;
constexpr const char* kNotSupported = "0A000";
constexpr const char* kNotNullViolation = "23502";
constexpr const char* kDataException = "22000";

const char* verb_of(Operation operation) {
  switch (operation) {
    case Operation::Create:
      return "an INSERT";
    case Operation::Update:
      return "an UPDATE";
    case Operation::Delete:
      return "a DELETE";
    case Operation::Truncate:
      return "a TRUNCATE";
    default:
      return "a row";
  }
}

bool is_mark(Operation operation) {
  return operation == Operation::ResyncBegin || operation == Operation::ResyncEnd;
}

bool is_taken(Mode mode, Operation operation) {
  if (mode == Mode::Changes || operation == Operation::Read || is_mark(operation)) return true;
  return mode == Mode::Append && operation == Operation::Create;
}

bool is_new_row(Operation operation) {
  return operation == Operation::Create || operation == Operation::Update ||
         operation == Operation::Read;
}

}  // namespace

std::optional<sink::Refusal> Acceptance::refuse(const sink::Row& row) {
  const Change& change = *row.change;
  if (!is_taken(mode_, change.operation)) {
    return sink::Refusal{kNotSupported, std::string("the sink's mode is ") + name_of(mode_) +
                                            ", and takes not " + verb_of(change.operation)};
  }
  if (!not_null_.empty() && is_new_row(change.operation)) {
    if (auto refusal = refuse_null(change)) return refusal;
  }
  if (encoder_ == nullptr) return std::nullopt;
  trial_.clear();
  const Status written = encoder_->append(change, trial_);
  // Any other error is about more than this row, and comes again from the sink.
  if (written.ok() || written.error().kind != ErrorKind::Rejected) return std::nullopt;
  return sink::Refusal{kDataException, written.error().what};
}

std::optional<sink::Refusal> Acceptance::refuse_null(const Change& change) {
  for (const std::size_t at : columns_of(*change.relation)) {
    if (at >= change.row.size() || !change.row[at].is_null()) continue;
    return sink::Refusal{kNotNullViolation, "column " + change.relation->columns[at].name +
                                                " is NULL, which the sink's not_null rules out"};
  }
  return std::nullopt;
}

const std::vector<std::size_t>& Acceptance::columns_of(const Relation& relation) {
  if (relation.version == last_version_ && last_columns_ != nullptr) return *last_columns_;
  if (columns_.size() >= kRelationsMax) columns_.clear();
  const auto [found, is_new] = columns_.try_emplace(relation.version);
  for (std::size_t i = 0; is_new && i < relation.columns.size(); ++i) {
    const std::string& name = relation.columns[i].name;
    if (std::find(not_null_.begin(), not_null_.end(), name) != not_null_.end()) {
      found->second.push_back(i);
    }
  }
  last_version_ = relation.version;
  last_columns_ = &found->second;
  return *last_columns_;
}

}  // namespace slotcast::stage
