#pragma once

#include <string>

namespace slotcast::config {

// What a connection URI says that the configuration has to judge. libpq itself takes it apart again
// when it connects; this only looks.
struct UriFacts {
  bool is_valid = false;  // postgresql:// or postgres://
  bool has_password = false;
  bool is_remote = false;  // some host is neither a unix socket nor loopback
  std::string sslmode;     // as written; empty without
};

UriFacts inspect_uri(const std::string& uri);

}  // namespace slotcast::config
