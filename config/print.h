#pragma once

#include <string>

#include "config/config.h"

namespace slotcast::config {

// The effective configuration, every default spelled out, as YAML that makes the same pipeline.
// Secrets stand as the references they were written as.
std::string print(const Config& config);

}  // namespace slotcast::config
