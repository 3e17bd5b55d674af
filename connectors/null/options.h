#pragma once

namespace slotcast::null {

// Filled from `null:` of a sink; it has no settings.
struct Options {
  static constexpr bool kNeedsKey = false;
};

}  // namespace slotcast::null
