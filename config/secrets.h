#pragma once

#include <functional>
#include <optional>
#include <string>

#include "lib/base/result.h"

namespace slotcast::config {

// Where substitutions come from; injected, so that tests need no environment.
struct Environment {
  std::function<std::optional<std::string>(const std::string&)> variable;
  std::string config_directory;  // of the configuration file
};

Environment system_environment(const std::string& config_path);

// True when `text` holds ${…}.
bool has_substitution(const std::string& text);

// Replaces ${env:NAME} and ${file:NAME} in `text`; $${ stands for ${. A file's name without a slash
// is looked for in systemd's $CREDENTIALS_DIRECTORY, then beside the configuration; others as they
// are. One line break at its end is left out. A file that others may read is refused, since it
// holds a secret. Errors are Invalid and never show contents.
Result<std::string> substitute(const std::string& text, const Environment& environment);

}  // namespace slotcast::config
