#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "lib/sink/sink.h"

namespace slotcast::test {

// What a RecordingSink delivers to. Outlives the sinks, as a far side does.
struct RecordedSide {
  std::map<sink::Token, std::vector<std::string>> prepared;
  std::map<sink::Token, std::vector<std::string>> committed;
  std::vector<sink::Token> order;  // of commits
  std::set<sink::Token> letters;   // batches of which it was said that they are of dead letters
  std::uint64_t tokens = 0;

  // All rows in the order of their commits.
  std::vector<std::string> rows() const;
  std::vector<std::string> rows_of_letters() const;
};

// A call of a sink that goes wrong: the sink counts its calls over all seven kinds.
struct Fault {
  std::size_t call = SIZE_MAX;
  ErrorKind kind = ErrorKind::Transient;
  bool takes_effect = false;  // the answer is lost, not the request
  // Before this call the far side gives up what is prepared; the call itself succeeds.
  bool gives_up = false;
};

// A sink in memory that keeps the contract by the book, and fails where it is told to.
class RecordingSink final : public sink::Sink {
 public:
  RecordingSink(std::shared_ptr<RecordedSide> side, Fault fault)
      : side_(std::move(side)), fault_(fault) {}

  Status open() override;
  void begin_letters() override { is_of_letters_ = true; }
  Result<std::uint64_t> write(sink::Rows rows) override;
  Result<sink::Token> prepare() override;
  Result<sink::Recovered> commit(const sink::Token& token) override;
  Result<sink::Recovered> recover(const sink::Token& token) override;
  Status abort() override;
  Status close() override;

 private:
  // Runs `effect` unless this call is to be lost; its error, if any.
  template <class Effect>
  Status call(const Effect& effect);

  const std::shared_ptr<RecordedSide> side_;
  const Fault fault_;
  std::size_t calls_ = 0;
  std::vector<std::string> open_;
  bool is_of_letters_ = false;  // open_
};

// "c 0/1000 1 5,xxx": operation, commit LSN, ordinal, cells.
std::string text_of(const Change& change);

}  // namespace slotcast::test
