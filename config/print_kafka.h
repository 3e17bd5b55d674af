#pragma once

#include <yaml-cpp/yaml.h>

#include <map>
#include <string>

#include "connectors/kafka/options.h"

namespace slotcast::config {

// As load_kafka() reads it; of secrets only how they are written.
void print_kafka(YAML::Emitter& out, const kafka::Options& options,
                 const std::map<std::string, std::string>& references);

}  // namespace slotcast::config
