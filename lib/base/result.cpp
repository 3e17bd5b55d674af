#include "lib/base/result.h"

namespace slotcast {

const char* name_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Transient:
      return "transient";
    case ErrorKind::Rejected:
      return "rejected";
    case ErrorKind::Corrupt:
      return "corrupt";
    case ErrorKind::Invalid:
      return "invalid";
  }
  return "unknown";
}

}  // namespace slotcast
