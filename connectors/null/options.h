#pragma once

namespace slotcast::null {

// Filled from `null:` of a sink; it has no settings.
struct Options {};

}  // namespace slotcast::null
