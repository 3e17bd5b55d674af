#pragma once

#include <array>
#include <string>
#include <vector>

#include "connectors/kafka/producer.h"
#include "lib/change/change.h"
#include "lib/sink/encode/mistakes.h"

namespace slotcast::kafka {

// Headers that say of each message which change it is of: `headers:` of the configuration lists
// them. Their names are those of the columns that other formats add.
enum class RowHeader { Op, Lsn, Seq, Ts, Xid, Schema, Table };

const char* name_of(RowHeader header);  // "_op", "_lsn", ...
// A mistake for each that is unknown or there twice.
std::vector<RowHeader> read_headers(const std::vector<std::string>& names,
                                    sink::Mistakes& mistakes);

// Threads: one.
class RowHeaders {
 public:
  explicit RowHeaders(std::vector<RowHeader> headers) : headers_(std::move(headers)) {}

  // Adds them to `message`. The texts are valid until the next call.
  void add(const Change& change, Outgoing& message);

 private:
  static constexpr std::size_t kTextBytes = 32;

  const std::vector<RowHeader> headers_;
  std::array<char, kTextBytes> seq_{};
  std::array<char, kTextBytes> xid_{};
  char op_ = ' ';
  Lsn lsn_;
  PgTime time_;
  std::string lsn_text_;
  std::string time_text_;
};

}  // namespace slotcast::kafka
