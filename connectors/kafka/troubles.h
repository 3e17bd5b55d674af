#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "connectors/kafka/trouble.h"
#include "lib/base/clock.h"

namespace slotcast::kafka {

// What is wrong with the brokers and topics of a sink by now, over all of its producers. Each
// trouble is said once, and again when it is still there much later: librdkafka repeats itself.
// What passes by itself is not said, but taken with what fails then.
// Threads: any.
class Troubles {
 public:
  // "sink events", for its lines; empty: it says nothing.
  explicit Troubles(std::string part) : part_(std::move(part)) {}

  void note(const Trouble& trouble);
  // The newest trouble of each broker and topic, as one phrase; empty when there is none. They are
  // forgotten.
  std::string take();
  // Since when there is a trouble that will last, of those noted since `begin`.
  std::optional<SteadyTime> lasting_since(SteadyTime begin) const;
  // All is well.
  void clear();
  bool were_cleared() const { return were_cleared_; }

  const std::string& part() const { return part_; }

 private:
  struct Noted {
    Trouble trouble;
    SteadyTime at;
  };

  const std::string part_;
  std::atomic<bool> were_cleared_ = false;
  mutable std::mutex mutex_;
  std::map<std::string, Noted> noted_;      // by what it is about
  std::map<std::string, SteadyTime> said_;  // by what was said
};

}  // namespace slotcast::kafka
