#pragma once

#include <memory>
#include <string>

#include "lib/base/clock.h"
#include "lib/base/random.h"
#include "lib/base/result.h"
#include "lib/sink/sink.h"

namespace slotcast::sink {

// What every connector may use besides its own options.
struct Environment {
  std::string pipeline;  // `name:` of the configuration
  std::string sink;      // the sink's name in it
  Clock* clock = nullptr;
  Random* random = nullptr;
  bool exclusive =
      true;  // lock what two processes must not share; tests on a disk in memory do not
  std::string database = {};  // of the source; empty where there is none
};

}  // namespace slotcast::sink
