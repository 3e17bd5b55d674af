#include "daemon/ending.h"

#include <cstdlib>

#include "lib/base/diag.h"

namespace slotcast {

Exit exit_of(const Error& error) {
  return error.kind == ErrorKind::Transient ? Exit::Failed : Exit::Refused;
}

Exit refuse(const Error& error) {
  diag::error("slotcast", "cannot go on", {{"kind", name_of(error.kind)}, {"error", error.what}});
  return exit_of(error);
}

void leave_without_waiting() {
  diag::error("slotcast", "ending without waiting any longer");
  std::_Exit(static_cast<int>(Exit::Failed));
}

}  // namespace slotcast
