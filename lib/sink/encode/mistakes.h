#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lib/base/result.h"

namespace slotcast::sink {

// What is wrong with the values of options, each with its option's name.
using Mistakes = std::vector<std::pair<std::string, Error>>;

}  // namespace slotcast::sink
