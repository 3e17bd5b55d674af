#pragma once

#include <string>

#include "connectors/kafka/format/encoder.h"
#include "connectors/kafka/format/event.h"
#include "lib/sink/encode/buffer.h"

namespace slotcast::kafka {

// What an event says beside the row, as JSON: `source`, what happened, and when it was written.
// What is the same for a whole transaction is made once for it.
// Threads: one.
class Envelope {
 public:
  explicit Envelope(const Source& source);

  //     ,"source":{…},"op":"c","ts_ms":…,"ts_us":…,"ts_ns":…,"transaction":
  void append(sink::Buffer& out, const Event& event);

 private:
  struct Piece {
    std::size_t at = 0;
    std::size_t size = 0;
  };

  void note_transaction(const Change& change, bool is_read);
  void note_now(WallTime now);
  Piece since(std::size_t at) const { return {at, text_.size() - at}; }

  const std::string begin_;     // of `source`, up to its first time
  const std::string database_;  // its name, up to the change's position
  Lsn lsn_;
  PgTime time_;
  std::uint32_t xid_ = 0;
  bool is_read_ = false;
  sink::Buffer text_;  // the pieces, with some bytes behind them that may be read
  Piece to_ordinal_, to_table_, to_operation_;
  WallTime now_;
  std::string to_transaction_;
};

}  // namespace slotcast::kafka
