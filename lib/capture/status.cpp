#include "lib/capture/status.h"

namespace slotcast::capture {

const char* name_of(State state) {
  switch (state) {
    case State::Starting:
      return "starting";
    case State::Connecting:
      return "connecting";
    case State::Streaming:
      return "streaming";
    case State::PausedLogFull:
      return "paused: log full";
    case State::PausedDiskFull:
      return "paused: disk full";
    case State::ReadingFiles:
      return "reading files";
    case State::Stopped:
      return "stopped";
    case State::Failed:
      return "failed";
  }
  return "unknown";
}

}  // namespace slotcast::capture
