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
  // Of rows that come behind each other, unless an operator sets the sink elsewhere. Not where they
  // come from files: a stage has rows that were sent again.
  bool ids_rise = true;
};

}  // namespace slotcast::sink
