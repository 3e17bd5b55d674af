#pragma once

// ENSURE(condition): an invariant of ours. It stays on in release builds: a daemon that is trusted
// with somebody's data must end rather than go on with a state it does not understand, and a
// restart is cheap. Never used on bytes that come from outside; those get a Result.

namespace slotcast {

[[noreturn]] void ensure_failed(const char* condition, const char* file, int line);

}  // namespace slotcast

#define ENSURE(condition)                                        \
  do {                                                           \
    if (!(condition)) [[unlikely]]                               \
      ::slotcast::ensure_failed(#condition, __FILE__, __LINE__); \
  } while (false)
