#pragma once

namespace slotcast::config {

// Where in the YAML something was said, for errors that are found later.
struct Place {
  int line = 0;    // from 1
  int column = 0;  // from 1
  bool operator==(const Place&) const = default;
};

}  // namespace slotcast::config
