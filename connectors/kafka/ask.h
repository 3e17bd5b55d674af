#pragma once

#include <vector>

#include "connectors/kafka/options.h"
#include "lib/sink/asked.h"

namespace slotcast::kafka {

// Whether the brokers know us, and would have the topics as they are needed. Makes and changes
// nothing there; of what can be known only by writing, a note says so.
// Requires that check() found nothing. Waits for the answer_timeout where nobody answers.
std::vector<sink::Finding> ask(const Options& options, const sink::Asked& asked);

}  // namespace slotcast::kafka
