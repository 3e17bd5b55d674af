#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/findings.h"
#include "config/node.h"

namespace slotcast::config {

struct RoutesContext {
  std::string_view file_text;
  Findings& findings;
  std::vector<std::string>& known_keys;  // those that were asked for are added
};

// `routes` of the whole file's mapping.
std::vector<Route> load_routes(Mapping& top, const RoutesContext& context);

}  // namespace slotcast::config
