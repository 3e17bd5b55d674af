#pragma once

#include <string>

#include "lib/base/result.h"

// What a failed system call means, in one place. Used by the files of lib/io only.

namespace slotcast::io {

// `what` names the call's object; the text of errno is added to it.
Error error_of(int error_number, const std::string& what);
// With errno.
Error last_error(const std::string& what);

}  // namespace slotcast::io
