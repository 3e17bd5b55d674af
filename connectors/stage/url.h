#pragma once

#include <string>

#include "lib/base/result.h"

namespace slotcast::stage {

// The directory of a stage's url: file:///srv/stage, with %xx for other characters. Invalid for
// anything else.
Result<std::string> directory_of_url(const std::string& url);

}  // namespace slotcast::stage
