#pragma once

#include "connectors/kafka/options.h"
#include "lib/sink/encode/mistakes.h"

namespace slotcast::kafka {

// Of the user's own properties of librdkafka those that would break what a sink promises, that have
// a setting of their own, or that librdkafka does not know.
void check_properties(const Options& options, sink::Mistakes& found);

}  // namespace slotcast::kafka
