#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lib/journal/journal.h"
#include "lib/log/log.h"
#include "tests/support/power_disk.h"
#include "tests/support/script.h"
#include "tests/support/sub_directory.h"

namespace slotcast::test {

// What had been promised after so many calls of the disk.
struct Promise {
  std::size_t calls = 0;
  Lsn durable;
};

// The whole way of the data on one disk, in one thread: a script's transactions into the log, from
// there by a real branch into a real stage. A process's life is one object; its death is cutting
// the disk it worked on.
class PipelineModel {
 public:
  struct Options {
    std::uint64_t segment_bytes = 32 * 1024;
    std::uint64_t journal_bytes = 4 * 1024;
    std::uint64_t batch_rows = 7;
  };

  PipelineModel(PowerDisk& disk, const Script& script, std::uint64_t seed, Options options);

  // Opens what is there. Not ok when the log was lost although `begun`, or is damaged.
  Status open(bool begun);
  Lsn recovered() const { return log_->tail().durable().lsn; }
  // Everything the log lacks of the script, delivered to the end. The server sends from
  // `recovered()` on, as PostgreSQL does: what commits there or later.
  Status run();
  const std::vector<Promise>& promises() const { return promises_; }

 private:
  Status append(const ScriptTransaction& transaction);
  Status append_message(const Message& message);
  Status announce_for(const Message& insert);
  Status sync();
  Status deliver();

  PowerDisk& disk_;
  const Script& script_;
  SeededRandom random_;
  const Options options_;
  std::set<std::uint32_t> announced_;  // on this connection
  SystemClock clock_;
  SubDirectory state_{disk_, "state"};
  SubDirectory log_directory_{disk_, "state/log"};
  std::unique_ptr<journal::Journal> journal_;
  std::unique_ptr<log::Log> log_;
  std::vector<Promise> promises_;
};

// Every line in a visible file of the stage, in no order.
std::vector<std::string> visible_lines(const PowerDisk& disk);

// Why the visible lines are not the script's, each once; nothing when they are.
std::optional<std::string> compare_with_script(const PowerDisk& disk, const Script& script);

}  // namespace slotcast::test
