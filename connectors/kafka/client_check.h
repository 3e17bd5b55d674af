#pragma once

#include "connectors/kafka/options.h"
#include "lib/sink/encode/mistakes.h"

namespace slotcast::kafka {

// What is wrong with brokers, TLS, SASL and properties, each with its key. Files are read, and
// librdkafka is asked; no broker is.
sink::Mistakes check_client(const Options& options);

}  // namespace slotcast::kafka
