#pragma once

#include <string>

#include "connectors/kafka/options.h"

// What a sink is called at the brokers where the configuration does not say.

namespace slotcast::kafka {

std::string transactional_id_of(const Options& options, const std::string& pipeline,
                                const std::string& sink);
std::string progress_topic_of(const Options& options, const std::string& pipeline,
                              const std::string& sink);

}  // namespace slotcast::kafka
