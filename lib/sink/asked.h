#pragma once

#include <string>
#include <vector>

// What a far side is asked before a pipeline runs (`check --live`), and what it answered.

namespace slotcast::sink {

struct Asked {
  struct Table {
    std::string schema;
    std::string table;  // what the route calls the target; else the table's own name
    auto operator<=>(const Table&) const = default;
  };
  std::string pipeline;
  std::string sink;
  std::vector<Table> tables;  // that there are now
};

struct Finding {
  enum class Kind {
    Error,  // it stands in the way: a person has to act
    Warning,
    Note,
  };
  Kind kind = Kind::Error;
  std::string what;  // one sentence: what it is, and what to do
};

}  // namespace slotcast::sink
