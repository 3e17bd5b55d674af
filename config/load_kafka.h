#pragma once

#include <map>
#include <string>

#include "config/connector_context.h"
#include "config/node.h"
#include "connectors/kafka/options.h"

namespace slotcast::config {

// `kafka` of a sink's mapping. What is a secret stands in `references` as it is written.
kafka::Options load_kafka(Mapping& sink, const ConnectorContext& context,
                          std::map<std::string, std::string>& references);

}  // namespace slotcast::config
