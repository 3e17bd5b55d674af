#pragma once

#include <string>

#include "connectors/kafka/options.h"
#include "connectors/kafka/topic_name.h"
#include "lib/base/result.h"

// What a sink is called at the brokers where the configuration does not say.

namespace slotcast::kafka {

std::string transactional_id_of(const Options& options, const std::string& pipeline,
                                const std::string& sink);
// Of Debezium's events about transactions.
std::string transactions_topic_of(const std::string& pipeline);
// Of applications' messages, as Debezium names it.
std::string messages_topic_of(const std::string& pipeline);
std::string progress_topic_of(const Options& options, const std::string& pipeline,
                              const std::string& sink);

// Where a table's rows go. Invalid when the name is too long, or is that of a topic for something
// else: of progress, of transactions, of messages.
Result<std::string> topic_of(const Options& options, const TopicNames& names);

}  // namespace slotcast::kafka
