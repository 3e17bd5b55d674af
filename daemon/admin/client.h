#pragma once

#include <string>

#include "lib/base/result.h"

namespace slotcast::admin {

struct Fetched {
  int status = 0;
  std::string body;
};

// One GET from the admin server of a running daemon, within five seconds. Transient when nobody
// answers.
Result<Fetched> fetch(const std::string& host, unsigned short port, const std::string& path);

}  // namespace slotcast::admin
