#pragma once

#include <cstdint>
#include <unordered_map>

#include "lib/change/relation.h"

namespace slotcast::sink {

// What an encoder makes once of each version of a relation.
template <class T>
class RelationCache {
 public:
  // `make` is called with a T to fill in when the relation is new.
  template <class Make>
  const T& get(const Relation& relation, Make make) {
    if (relation.version == last_version_ && last_ != nullptr) return *last_;
    if (known_.size() >= kRelationsMax) known_.clear();
    const auto [found, is_new] = known_.try_emplace(relation.version);
    if (is_new) make(found->second);
    last_version_ = relation.version;
    last_ = &found->second;
    return *last_;
  }

 private:
  // Far above the tables of one source; reached only when their definitions keep changing.
  static constexpr std::size_t kRelationsMax = 20'000;

  std::unordered_map<std::uint64_t, T> known_;  // by version
  std::uint64_t last_version_ = 0;
  const T* last_ = nullptr;
};

}  // namespace slotcast::sink
