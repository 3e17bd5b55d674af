#pragma once

#include <string>
#include <string_view>

#include "daemon/admin/snapshot.h"

namespace slotcast::admin {

struct Answer {
  int status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
};

// What the admin server says to a GET of `path`. Pure.
Answer answer(std::string_view path, const Snapshot& snapshot);

}  // namespace slotcast::admin
