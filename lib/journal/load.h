#pragma once

#include <optional>

#include "lib/base/result.h"
#include "lib/io/file.h"
#include "lib/journal/record.h"
#include "lib/journal/state.h"

// What one journal file holds. The only place that decides where the journal ends.

namespace slotcast::journal {

struct Loaded {
  bool usable = false;  // it begins with a whole snapshot
  std::uint64_t generation = 0;
  std::uint64_t last_number = 0;
  std::uint64_t end_bytes = 0;
  States states;
  // Records behind the end say that what is missing had been synced. It counts in the current half
  // only: the other one may just have been about to begin anew, and be torn.
  std::optional<Error> damage;
};

// Reads a file up to the first record that does not follow.
Result<Loaded> load_half(const io::File& file, const std::string& name);

}  // namespace slotcast::journal
