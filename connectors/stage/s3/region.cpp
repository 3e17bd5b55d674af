#include "connectors/stage/s3/region.h"

#include <algorithm>

namespace slotcast::stage::s3 {
namespace {

std::string first_of(std::initializer_list<std::string> values) {
  const auto* const found = std::find_if(values.begin(), values.end(),
                                         [](const std::string& each) { return !each.empty(); });
  return found == values.end() ? "" : *found;
}

std::string endpoint_of(const Settings& settings, const Variables& variables,
                        const Profile& profile) {
  return first_of({settings.endpoint, variables("AWS_ENDPOINT_URL_S3"),
                   variables("AWS_ENDPOINT_URL"), profile.value("endpoint_url")});
}

// As S3 names them; '_' and capitals are those of other servers and of old buckets.
bool is_bucket_name(const std::string& name) {
  return name.size() >= 3 && name.size() <= 255 &&
         name.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
             "0123456789.-_") == std::string::npos &&
         name.front() != '.' && name.front() != '-';
}

Result<std::string> checked_endpoint(std::string endpoint) {
  while (endpoint.ends_with('/')) endpoint.pop_back();
  const std::size_t scheme = endpoint.find("://");
  const bool is_http = endpoint.starts_with("https://") || endpoint.starts_with("http://");
  const std::string host = is_http ? endpoint.substr(scheme + 3) : "";
  const std::size_t colon = host.find(':', host.starts_with('[') ? host.find(']') : 0);
  const std::string port = colon == host.npos ? "443" : host.substr(colon + 1);
  const bool is_port = !port.empty() && port.size() <= 5 &&
                       port.find_first_not_of("0123456789") == std::string::npos &&
                       std::stoi(port) > 0 && std::stoi(port) <= 65'535;
  if (!is_http || host.empty() || colon == 0 || !is_port ||
      host.find_first_of("/@?# ") != std::string::npos) {
    // What is before an @ is a password: not repeated.
    return invalid("the endpoint of S3 is not https://host or https://host:port");
  }
  return endpoint;
}

}  // namespace

Result<std::string> region_of(const Settings& settings, const Variables& variables,
                              const Profile& profile) {
  const std::string region = first_of({settings.region, variables("AWS_REGION"),
                                       variables("AWS_DEFAULT_REGION"), profile.value("region")});
  if (region.empty() && endpoint_of(settings, variables, profile).empty()) {
    return invalid("S3 needs a region: set it in the stage's s3, AWS_REGION or ~/.aws/config");
  }
  if (region.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") !=
      std::string::npos) {
    return invalid("\"" + region + "\" is not a region");
  }
  return region.empty() ? "us-east-1" : region;
}

std::string domain_of(const std::string& region) {
  return region.starts_with("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
}

Result<Location> parse_location(const std::string& url) {
  constexpr std::string_view kScheme = "s3://";
  const std::string wrong = "stage url \"" + url + "\" is not s3://bucket or s3://bucket/prefix";
  if (!url.starts_with(kScheme)) return invalid(wrong);
  const std::size_t slash = std::min(url.find('/', kScheme.size()), url.size());
  Location location{url.substr(kScheme.size(), slash - kScheme.size()), url.substr(slash)};
  location.prefix.erase(0, location.prefix.find_first_not_of('/'));
  while (location.prefix.ends_with('/')) location.prefix.pop_back();
  if (!is_bucket_name(location.bucket)) return invalid(wrong);
  for (const char* part : {"/./", "/../", "//"}) {
    if (("/" + location.prefix + "/").find(part) == std::string::npos) continue;
    if (!location.prefix.empty()) return invalid(wrong + ": no empty part, no . and no ..");
  }
  if (!location.prefix.empty()) location.prefix += '/';
  return location;
}

Result<Address> address_of(const Location& location, const Settings& settings,
                           const Variables& variables) {
  TRY_ASSIGN(const Profile profile, read_profile(settings, variables));
  TRY_ASSIGN(const std::string region, region_of(settings, variables, profile));
  const std::string own = endpoint_of(settings, variables, profile);
  TRY_ASSIGN(
      const std::string endpoint,
      checked_endpoint(own.empty() ? "https://s3." + region + "." + domain_of(region) : own));
  const std::string& style = settings.path_style;
  if (style != "auto" && style != "true" && style != "false") {
    return invalid("path_style is auto, true or false, not \"" + style + "\"");
  }
  // A certificate for *.s3.….amazonaws.com does not cover a bucket with a dot.
  const bool has_dot = location.bucket.find('.') != std::string::npos;
  if (style == "true" || (style == "auto" && (!own.empty() || has_dot))) {
    return Address{endpoint + "/" + location.bucket, region};
  }
  const std::size_t host = endpoint.find("://") + 3;
  return Address{endpoint.substr(0, host) + location.bucket + "." + endpoint.substr(host), region};
}

}  // namespace slotcast::stage::s3
