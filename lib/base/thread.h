#pragma once

#include <string>

namespace slotcast {

// Names the calling thread for `top -H`, `ps -L` and core dumps. Linux keeps 15 bytes of it.
void name_thread(const std::string& name);

// The calling thread gives way to the others when all processors are busy.
void yield_to_others();

}  // namespace slotcast
