#include "connectors/kafka/names.h"

namespace slotcast::kafka {

std::string transactional_id_of(const Options& options, const std::string& pipeline,
                                const std::string& sink) {
  if (!options.transactional_id.empty()) return options.transactional_id;
  return "slotcast-" + pipeline + "-" + sink;
}

std::string progress_topic_of(const Options& options, const std::string& pipeline,
                              const std::string& sink) {
  if (!options.progress_topic.empty()) return options.progress_topic;
  return "slotcast-progress-" + pipeline + "-" + sink;
}

}  // namespace slotcast::kafka
