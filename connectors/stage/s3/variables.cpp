#include "connectors/stage/s3/variables.h"

#include <cstdlib>

namespace slotcast::stage::s3 {

Variables process_variables() {
  return [](const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets any
    return std::string(value == nullptr ? "" : value);
  };
}

}  // namespace slotcast::stage::s3
