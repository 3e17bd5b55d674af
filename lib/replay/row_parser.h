#pragma once

#include <memory>
#include <string_view>

#include "lib/base/result.h"
#include "lib/change/change.h"
#include "lib/replay/arena.h"

namespace slotcast::replay {

// Reads lines back as sink::JsonRowEncoder writes them: the same change, but for the old row, which
// no line has, and for a json value that is null, which is written as a NULL is.
//
// Threads: one. Keeps the memory of the largest row.
class RowParser {
 public:
  // All lines are of this relation.
  // `needs_xid`: a row without `_xid` is refused.
  explicit RowParser(RelationPtr relation, bool needs_xid = false);
  ~RowParser();

  // Behind the line FileLines::kPadding bytes may be read. The cells are in the arena. Corrupt when
  // the line is none of ours, Invalid when it lacks what tells rows apart.
  Result<Change> parse(std::string_view line, Arena& arena);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace slotcast::replay
