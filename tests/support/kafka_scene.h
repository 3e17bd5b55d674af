#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "connectors/kafka/format/encoder.h"
#include "tests/support/changes.h"
#include "tests/support/kafka_rows.h"

namespace slotcast::test {

// Changes of transaction 741, which commits at 0/16B3748 on 2026-11-21 05:40:12.123456 UTC.
class KafkaScene {
 public:
  using Row = std::vector<Value>;

  const Change& add(Operation operation, const Relation& relation, const Row& row,
                    const Row& old = {});
  void begin(Lsn commit_lsn, std::uint32_t xid);

  // Encodes all of them, each told of the one behind it, and the end of the batch; at
  // 05:40:13.000001.
  Status encode(kafka::Encoder& encoder, kafka::Messages& out,
                const std::vector<std::string>* key = nullptr) const;
  const std::deque<Change>& changes() const { return all_; }

  static const WallTime kNow;
  static const std::string kTopic;

 private:
  Cells cells_of(const Relation& relation, const Row& row);

  Lsn lsn_{0x16B3748};
  std::uint32_t xid_ = 741;
  std::uint64_t ordinal_ = 0;
  Changes cells_;
  std::deque<Change> all_;
};

// A file of tests/connectors/kafka/golden: the lines below each "## name".
std::map<std::string, std::vector<std::string>> golden_sections(const std::string& file);

}  // namespace slotcast::test
