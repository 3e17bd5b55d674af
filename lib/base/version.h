#pragma once

namespace slotcast {

inline constexpr const char* kVersion = "0.1.0";

}  // namespace slotcast
