#pragma once

#include <string>
#include <vector>

#include "config/findings.h"
#include "config/secrets.h"

namespace slotcast::config {

// What reading a connector's settings needs.
struct ConnectorContext {
  Findings& findings;
  const Environment& environment;
  std::vector<std::string>& known_keys;  // those that were asked for are added
};

}  // namespace slotcast::config
