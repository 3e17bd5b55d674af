#pragma once

#include <string>
#include <vector>

#include "connectors/stage/acceptance.h"
#include "connectors/stage/compression.h"
#include "connectors/stage/pattern.h"

namespace slotcast::stage {

// Filled from `stage:` of a sink.
struct Options {
  static constexpr bool kNeedsKey = false;  // changes are added one after the other

  std::string url;  // file:///directory, absolute, existing
  // strftime directives, %nN, %U, %%, {schema} {table} {sink}; see pattern.h. No default.
  std::string pattern;
  std::string format = "jsonl";
  Compression compress = Compression::None;
  Mode mode = Mode::Changes;
  std::vector<std::string> not_null = {};  // columns
};

// The names of its files. Invalid when the two do not go together.
Result<Pattern> pattern_of(const Options& options);

}  // namespace slotcast::stage
