#include "tests/support/kafka_scene.h"

#include <catch2/catch.hpp>
#include <fstream>

namespace slotcast::test {

const WallTime KafkaScene::kNow{std::chrono::microseconds(1'795'239'613'000'001)};
const std::string KafkaScene::kTopic = "shop.public.item";

Cells KafkaScene::cells_of(const Relation& relation, const Row& row) {
  return row.empty() ? Cells{} : cells_.add(Operation::Create, relation, row).row;
}

const Change& KafkaScene::add(Operation operation, const Relation& relation, const Row& row,
                              const Row& old) {
  Change change;
  change.operation = operation;
  change.id = {lsn_, ++ordinal_};
  change.commit_time = pg_time_from_unix(1'795'239'612'123'456);
  change.xid = xid_;
  change.relation = &relation;
  change.row = cells_of(relation, row);
  change.old = cells_of(relation, old);
  all_.push_back(change);
  return all_.back();
}

void KafkaScene::begin(Lsn commit_lsn, std::uint32_t xid) {
  lsn_ = commit_lsn;
  xid_ = xid;
  ordinal_ = 0;
}

Status KafkaScene::encode(kafka::Encoder& encoder, kafka::Messages& out,
                          const std::vector<std::string>* key) const {
  for (std::size_t i = 0; i < all_.size(); ++i) {
    const Change* next = i + 1 < all_.size() ? &all_[i + 1] : nullptr;
    TRY(encoder.encode({&all_[i], &kTopic, key, next}, kNow, out));
  }
  return encoder.finish(kNow, out);
}

std::map<std::string, std::vector<std::string>> golden_sections(const std::string& file) {
  std::ifstream in(SLOTCAST_SOURCE_DIR "/tests/connectors/kafka/golden/" + file);
  REQUIRE(in);
  std::map<std::string, std::vector<std::string>> sections;
  std::string name;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("## ")) {
      name = line.substr(3);
    } else if (!line.empty() && line[0] != '#') {
      sections[name].push_back(line);
    }
  }
  return sections;
}

}  // namespace slotcast::test
