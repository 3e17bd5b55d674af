#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/findings.h"
#include "config/secrets.h"

// From YAML to structs, with every mistake at its place.

namespace slotcast::config {

struct Loaded {
  std::optional<Config> config;  // absent when there are errors
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
  std::vector<std::string> known_keys;  // every key that was asked for, as "sinks.*.stage.url"
};

// `name` is the file's name for messages.
// `needs_source`: false for what works without a slot, as sinks that are fed by files do.
Loaded load_text(const std::string& name, const std::string& text, const Environment& environment,
                 bool needs_source = true);
Loaded load_file(const std::string& path, bool needs_source = true);

}  // namespace slotcast::config
