#pragma once

#include <string>

#include "lib/change/change.h"
#include "lib/sink/sink.h"

namespace slotcast::kafka {

// Which row it is. One change makes several where it goes to several targets, and rows of several
// tables may have one id where they come from files.
struct RowId {
  ChangeId change;
  std::string table;
  std::string target;  // as sink::Row has it; empty: the sink alone was named

  bool is_of(const sink::Row& row) const {
    return change == row.change->id && table == row.change->relation->full_name() &&
           (row.target == nullptr ? target.empty() : target == *row.target);
  }
  bool operator==(const RowId&) const = default;
};

inline RowId id_of(const sink::Row& row) {
  return {row.change->id, row.change->relation->full_name(),
          row.target == nullptr ? std::string() : *row.target};
}

}  // namespace slotcast::kafka
