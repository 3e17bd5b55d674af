#pragma once

#include <memory>

#include "connectors/kafka/options.h"
#include "lib/sink/encode/mistakes.h"
#include "lib/sink/environment.h"
#include "lib/sink/sink.h"

// A Kafka sink of its options. What each does: connectors/all.h.

namespace slotcast::kafka {

sink::Mistakes check(const Options& options);
Result<std::unique_ptr<sink::Sink>> make(const Options& options,
                                         const sink::Environment& environment);

}  // namespace slotcast::kafka
