#pragma once

#include <deque>
#include <functional>
#include <vector>

#include "lib/pg/stream.h"
#include "tests/support/script.h"

namespace slotcast::test {

// A server played from a script: sends what commits at or behind the start, like PostgreSQL, and
// breaks the connection after so many messages.
class ScriptedStream final : public pg::ReplicationStream {
 public:
  ScriptedStream(const Script& script, Lsn start, std::size_t messages_max,
                 std::function<void(const pg::Feedback&)> on_feedback)
      : left_(messages_max), on_feedback_(std::move(on_feedback)) {
    for (const ScriptTransaction& transaction : script.transactions) {
      if (transaction.commit_lsn < start) continue;
      for (const Message& message : transaction.messages) queue_.push_back({false, {}, message});
      // Everything before its end has been sent: what the server says when it is asked.
      queue_.push_back({true, transaction.end_lsn, {}});
    }
  }

  Result<std::optional<pg::Incoming>> next() override {
    if (left_ == 0) return transient("the script cuts the connection here");
    if (queue_.empty()) return std::optional<pg::Incoming>();
    --left_;
    current_ = std::move(queue_.front());
    queue_.pop_front();
    pg::Incoming incoming;
    incoming.kind =
        current_.is_keepalive ? pg::Incoming::Kind::Keepalive : pg::Incoming::Kind::Message;
    incoming.wal_end = current_.wal_end;
    incoming.message = current_.message;
    return std::optional<pg::Incoming>(incoming);
  }
  Result<bool> wait(Duration) override { return !queue_.empty(); }
  Status send(const pg::Feedback& feedback) override {
    on_feedback_(feedback);
    return {};
  }
  Status gulp() override { return {}; }

 private:
  struct Item {
    bool is_keepalive = false;
    Lsn wal_end;
    Message message;
  };
  std::deque<Item> queue_;
  Item current_;
  std::size_t left_;
  std::function<void(const pg::Feedback&)> on_feedback_;
};

}  // namespace slotcast::test
