#include "config/uri.h"

#include <sstream>

namespace slotcast::config {
namespace {

bool is_local(std::string host) {
  if (host.starts_with("[")) {
    host = host.substr(1, host.find(']') - 1);
  } else if (host.find(':') != std::string::npos) {
    host = host.substr(0, host.find(':'));
  }
  return host.empty() || host.starts_with("/") || host.starts_with("%2F") ||
         host.starts_with("%2f") || host == "localhost" || host == "::1" ||
         host.starts_with("127.");
}

bool any_remote(const std::string& hosts) {
  std::istringstream list(hosts);
  for (std::string host; std::getline(list, host, ',');) {
    if (!is_local(host)) return true;
  }
  return false;
}

}  // namespace

UriFacts inspect_uri(const std::string& uri) {
  UriFacts facts;
  std::size_t start = 0;
  for (const std::string scheme : {"postgresql://", "postgres://"}) {
    if (uri.starts_with(scheme)) start = scheme.size();
  }
  if (start == 0) return facts;
  facts.is_valid = true;
  const std::size_t query = std::min(uri.find('?', start), uri.size());
  const std::size_t path = std::min(uri.find('/', start), query);
  std::string authority = uri.substr(start, path - start);
  if (const std::size_t at = authority.rfind('@'); at != std::string::npos) {
    facts.has_password = authority.substr(0, at).find(':') != std::string::npos;
    authority = authority.substr(at + 1);
  }
  facts.is_remote = any_remote(authority);
  std::istringstream parameters(query < uri.size() ? uri.substr(query + 1) : "");
  for (std::string parameter; std::getline(parameters, parameter, '&');) {
    const std::size_t equals = parameter.find('=');
    const std::string key = parameter.substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : parameter.substr(equals + 1);
    if (key == "sslmode") facts.sslmode = value;
    if (key == "password") facts.has_password = true;
    if (key == "host" || key == "hostaddr") facts.is_remote |= any_remote(value);
  }
  return facts;
}

}  // namespace slotcast::config
