#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/findings.h"
#include "config/node.h"
#include "config/secrets.h"
#include "connectors/stage/options.h"

namespace slotcast::config {

struct StageContext {
  Findings& findings;
  const Environment& environment;
  std::vector<std::string>& known_keys;  // those that were asked for are added
};

// `stage` of a sink's mapping. What is a secret stands in `references` as it is written.
stage::Options load_stage(Mapping& sink, const StageContext& context,
                          std::map<std::string, std::string>& references);

}  // namespace slotcast::config
