#include "connectors/stage/place.h"

#include "connectors/stage/pattern.h"

namespace slotcast::stage {

std::string owner_of(const sink::Environment& environment) {
  return percent_encode(environment.pipeline) + "-" + percent_encode(environment.sink);
}

}  // namespace slotcast::stage
