#pragma once

#include <map>
#include <string>

#include "connectors/stage/s3/settings.h"
#include "connectors/stage/s3/variables.h"
#include "lib/base/result.h"

// What Amazon's own tools keep in ~/.aws/credentials and ~/.aws/config.

namespace slotcast::stage::s3 {

struct Profile {
  std::string name;
  bool is_asked_for = false;  // by the settings or AWS_PROFILE, not only the one called default
  std::map<std::string, std::string> values;  // of both files; those of credentials win

  // "" when there is none.
  const std::string& value(const std::string& key) const;
};

// The profile that settings and AWS_PROFILE name, or "default". Without values when no file has
// it; Invalid when it was asked for all the same.
Result<Profile> read_profile(const Settings& settings, const Variables& variables);

}  // namespace slotcast::stage::s3
