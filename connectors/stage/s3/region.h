#pragma once

#include <string>

#include "connectors/stage/s3/profile.h"
#include "connectors/stage/s3/settings.h"
#include "connectors/stage/s3/variables.h"
#include "lib/base/result.h"

namespace slotcast::stage::s3 {

// Of the settings, AWS_REGION, AWS_DEFAULT_REGION or the profile. An endpoint of one's own needs
// none and gets us-east-1; Invalid otherwise.
Result<std::string> region_of(const Settings& settings, const Variables& variables,
                              const Profile& profile);

// amazonaws.com, or China's.
std::string domain_of(const std::string& region);

// Where a stage is: s3://bucket/prefix.
struct Location {
  std::string bucket;
  std::string prefix;  // "" or ends with a slash
};
Result<Location> parse_location(const std::string& url);

// Where its requests go.
struct Address {
  std::string base;  // the bucket's url without a slash at its end
  std::string region;
};
Result<Address> address_of(const Location& location, const Settings& settings,
                           const Variables& variables);

}  // namespace slotcast::stage::s3
