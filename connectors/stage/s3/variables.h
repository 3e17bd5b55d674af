#pragma once

#include <functional>
#include <string>

namespace slotcast::stage::s3 {

// A variable of the environment by its name; "" when it is not set. Given from outside, so that
// tests need not change their own process.
using Variables = std::function<std::string(const char* name)>;

Variables process_variables();

}  // namespace slotcast::stage::s3
