#include "tests/support/recording_sink.h"

namespace slotcast::test {

std::vector<std::string> RecordedSide::rows() const {
  std::vector<std::string> rows;
  for (const sink::Token& token : order) {
    const auto& batch = committed.at(token);
    rows.insert(rows.end(), batch.begin(), batch.end());
  }
  return rows;
}

std::vector<std::string> RecordedSide::rows_of_letters() const {
  std::vector<std::string> all;
  for (const sink::Token& token : order) {
    if (letters.count(token) == 0) continue;
    const auto& rows = committed.at(token);
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

std::string text_of(const Change& change) {
  std::string text = std::string(1, static_cast<char>(change.operation)) + " " +
                     to_string(change.id.commit_lsn) + " " + std::to_string(change.id.ordinal);
  for (const Cell& cell : change.row) text += " " + std::string(cell.text());
  return text;
}

template <class Effect>
Status RecordingSink::call(const Effect& effect) {
  const bool is_fault = calls_++ == fault_.call;
  if (is_fault && fault_.gives_up) side_->prepared.clear();
  const bool fails = is_fault && !fault_.gives_up;
  if (!fails || fault_.takes_effect) effect();
  if (fails) return Error{fault_.kind, "the far side does not answer"};
  return {};
}

Status RecordingSink::open() {
  return call([] {});
}

Result<std::uint64_t> RecordingSink::write(sink::Rows rows) {
  std::uint64_t bytes = 0;
  TRY(call([&] {
    for (const sink::Row& row : rows) {
      open_.push_back(text_of(*row.change));
      bytes += open_.back().size();
    }
  }));
  return bytes;
}

Result<sink::Token> RecordingSink::prepare() {
  const sink::Token token = "batch " + std::to_string(++side_->tokens);
  TRY(call([&] {
    side_->prepared[token] = std::exchange(open_, {});
    if (std::exchange(is_of_letters_, false)) side_->letters.insert(token);
  }));
  return token;
}

Result<sink::Recovered> RecordingSink::commit(const sink::Token& token) {
  TRY(call([&] {
    const auto prepared = side_->prepared.find(token);
    if (prepared == side_->prepared.end()) return;
    side_->committed[token] = std::move(prepared->second);
    side_->prepared.erase(prepared);
    side_->order.push_back(token);
  }));
  return side_->committed.count(token) == 1 ? sink::Recovered::Done : sink::Recovered::Absent;
}

Result<sink::Recovered> RecordingSink::recover(const sink::Token& token) {
  return commit(token);
}

Status RecordingSink::abort() {
  return call([&] {
    open_.clear();
    is_of_letters_ = false;
    side_->prepared.clear();
  });
}

Status RecordingSink::close() {
  return call([&] { open_.clear(); });
}

}  // namespace slotcast::test
