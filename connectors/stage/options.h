#pragma once

#include <string>

#include "lib/change/batch_limits.h"

namespace slotcast::stage {

// Filled from `stage:` of a sink.
struct Options {
  static constexpr bool kNeedsKey = false;  // changes are added one after the other

  std::string url;  // file:///directory, absolute, existing
  // strftime directives, %nN, %U, %%, {schema} {table} {sink}; see pattern.h. No default.
  std::string pattern;
  std::string format = "jsonl";
};

}  // namespace slotcast::stage
