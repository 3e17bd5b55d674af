#pragma once

#include <memory>

#include "connectors/stage/options.h"
#include "lib/sink/encode/mistakes.h"
#include "lib/sink/environment.h"
#include "lib/sink/sink.h"

// A stage sink of its options, in a directory or in a bucket. What each does: connectors/all.h.

namespace slotcast::stage {

sink::Mistakes check(const Options& options);
Status ask(const Options& options);
Result<std::unique_ptr<sink::Sink>> make(const Options& options,
                                         const sink::Environment& environment);

}  // namespace slotcast::stage
