#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "lib/base/result.h"

namespace slotcast::admin {

struct Fetched {
  int status = 0;
  std::string body;
};

// One GET from the admin server of a running daemon, within five seconds. Transient when nobody
// answers.
Result<Fetched> fetch(const std::string& host, unsigned short port, const std::string& path);

// The same for an order: its target and its JSON, and how long it may take. Nothing when nobody
// listens there.
Result<std::optional<Fetched>> send(const std::string& host, unsigned short port,
                                    const std::string& target, const std::string& body,
                                    std::chrono::seconds patience);

}  // namespace slotcast::admin
