#pragma once

#include <yaml-cpp/yaml.h>

#include <map>
#include <string>

#include "connectors/stage/options.h"

namespace slotcast::config {

// As load_stage() reads it; of secrets only how they are written.
void print_stage(YAML::Emitter& out, const stage::Options& options,
                 const std::map<std::string, std::string>& references);

}  // namespace slotcast::config
