#pragma once

#include <map>
#include <string>

#include "config/connector_context.h"
#include "config/node.h"
#include "connectors/stage/options.h"

namespace slotcast::config {

// `stage` of a sink's mapping. What is a secret stands in `references` as it is written.
stage::Options load_stage(Mapping& sink, const ConnectorContext& context,
                          std::map<std::string, std::string>& references);

}  // namespace slotcast::config
