#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "lib/branch/branch.h"
#include "lib/branch/log_feed.h"
#include "lib/log/log.h"
#include "tests/support/messages.h"
#include "tests/support/power_disk.h"
#include "tests/support/script.h"
#include "tests/support/sub_directory.h"

namespace slotcast::test {

// A log that holds a script, and a journal.
class BranchSource {
 public:
  BranchSource(const Script& script, std::uint64_t segment_bytes) {
    REQUIRE(disk_.make("log").ok());
    log::Options options;
    options.segment_bytes = segment_bytes;
    log_ = log::Log::open(log_directory_, options, clock_, random_, script.start).value();
    journal_ = journal::Journal::open(disk_, 16 * 1024).value();
    for (const ScriptTransaction& transaction : script.transactions) add(transaction);
    sync();
  }

  void add(const ScriptTransaction& transaction) {
    for (const Message& message : transaction.messages) {
      REQUIRE(append_to(log_->writer(), message).ok());
    }
    if (random_.next() % 3 == 0) REQUIRE(log_->writer().flush().ok());
  }
  void sync() {
    REQUIRE(log_->writer().flush().ok());
    REQUIRE(log_->sync_now().ok());
  }
  void begin_branch(const std::string& sink) {
    REQUIRE(journal_->note_checkpoint(sink, {{1}, {}, {}}, true).ok());
  }

  std::unique_ptr<branch::Branch> make_branch(const std::string& sink, const std::string& tables,
                                              std::unique_ptr<sink::Sink> far, Lsn until) {
    branch::Options options;
    options.sink = sink;
    options.limits = limits;
    options.until = until;
    options.on_error = on_error;
    options.backoff = {std::chrono::microseconds(1), std::chrono::microseconds(1)};
    route::Route route;
    route.from.push_back(route::TablePattern::parse(tables).value());
    route.name = "routes[0]";
    route.shaping = shaping;
    randoms_.push_back(std::make_unique<SeededRandom>(randoms_.size()));
    return std::make_unique<branch::Branch>(
        branch::Branch::Parts{&log_->tail(), journal_.get(), branch_clock, randoms_.back().get(),
                              letters},
        options,
        std::make_unique<branch::LogFeed>(log_->segments(), branch::Beside{nullptr, nullptr, sink},
                                          cache_),
        route::Router({route}), std::move(far));
  }

  log::Log& log() { return *log_; }
  journal::Journal& journal() { return *journal_; }
  io::Directory& state() { return disk_; }

  // Of the branches made from now on.
  BatchLimits limits{5, 64ull << 20, std::chrono::seconds(10)};
  OnError on_error = OnError::Stop;
  std::shared_ptr<const route::Shaping> shaping;  // null: rows as they are
  Clock* branch_clock = &clock_;
  branch::DeadLetters* letters = nullptr;

 private:
  PowerDisk disk_;
  SubDirectory log_directory_{disk_, "log"};
  SystemClock clock_;
  SeededRandom random_{1};
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<journal::Journal> journal_;
  branch::BlockCache cache_;
  std::vector<std::unique_ptr<SeededRandom>> randoms_;
};

inline Script script_of(std::size_t transactions) {
  SeededRandom random(transactions);
  return make_script(transactions, 4, 40, random);
}

// What must arrive, from the script alone.
inline std::vector<std::string> expected_of(const Script& script) {
  std::vector<std::string> rows;
  for (const ScriptTransaction& transaction : script.transactions) {
    std::uint64_t ordinal = 0;
    for (const Message& message : transaction.messages) {
      if (static_cast<char>(message[0]) != 'I') continue;
      // The cells' texts: behind tag, oid, 'N' and the count, each behind its kind and length.
      const int cells = load_be<std::uint16_t>(message.data() + 6);
      const std::byte* at = message.data() + 8;
      std::string row = "c " + to_string(transaction.commit_lsn) + " " + std::to_string(++ordinal);
      for (int cell = 0; cell < cells; ++cell) {
        const auto size = load_be<std::uint32_t>(at + 1);
        row += " " + std::string(as_text(Bytes(at + 5, size)));
        at += 5 + size;
      }
      rows.push_back(row);
    }
  }
  return rows;
}

}  // namespace slotcast::test
