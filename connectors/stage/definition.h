#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "connectors/stage/place.h"
#include "lib/change/relation.h"

// What the columns of a file are, kept in the stage so that its rows can be read again with their
// types: `_manifest/schemas/<version>.json`, see MANIFEST.md. The version is made of the contents:
// the same columns have the same one, for every sink, after every restart.

namespace slotcast::stage {

// Threads: one.
class Definitions {
 public:
  explicit Definitions(Place& place) : place_(place) {}

  // The version of a table's columns. Valid until the next call.
  const std::string& version_of(const Relation& relation);
  // Their file is there when it returns; asked for each file with such rows, since whoever empties
  // a stage empties all of it.
  Status keep(const Relation& relation);

 private:
  Place& place_;
  std::unordered_map<std::uint64_t, std::string> versions_;  // by relation version
};

// The file's contents but for the version itself.
std::string definition_of(const Relation& relation);
// 32 hexadecimal digits.
std::string version_of_definition(const std::string& definition);

}  // namespace slotcast::stage
