#pragma once

namespace slotcast {

// What becomes of a row that cannot be sent, because an expression of its route fails for it, or
// because the sink does not take such rows.
enum class OnError {
  Stop,    // the sink stops and says why; the others go on
  Skip,    // the row is counted and left out
  Divert,  // the row is kept in the sink's dead letters, to be sent again when asked for
};

constexpr const char* name_of(OnError on_error) {
  switch (on_error) {
    case OnError::Stop:
      return "stop";
    case OnError::Skip:
      return "skip";
    case OnError::Divert:
      return "divert";
  }
  return "unknown";
}

}  // namespace slotcast
