#include "connectors/kafka/names.h"

namespace slotcast::kafka {

std::string transactional_id_of(const Options& options, const std::string& pipeline,
                                const std::string& sink) {
  if (!options.transactional_id.empty()) return options.transactional_id;
  return "slotcast-" + pipeline + "-" + sink;
}

std::string transactions_topic_of(const std::string& pipeline) {
  return pipeline + ".transaction";
}

std::string messages_topic_of(const std::string& pipeline) {
  return pipeline + ".message";
}

std::string progress_topic_of(const Options& options, const std::string& pipeline,
                              const std::string& sink) {
  if (!options.progress_topic.empty()) return options.progress_topic;
  return "slotcast-progress-" + pipeline + "-" + sink;
}

Result<std::string> topic_of(const Options& options, const TopicNames& names) {
  TRY_ASSIGN(std::string name, topic_name(options.topic, names));
  const std::string pipeline(names.pipeline);
  const char* what = nullptr;
  if (options.transactions &&
      name == progress_topic_of(options, pipeline, std::string(names.sink))) {
    what = "what is delivered";
  } else if (options.format.transactions && name == transactions_topic_of(pipeline)) {
    what = "where transactions begin and end";
  } else if (!options.format.messages.empty() && name == messages_topic_of(pipeline)) {
    what = "messages of applications";
  }
  if (what == nullptr) return name;
  return invalid("table " + std::string(names.schema) + "." + std::string(names.table) +
                 " would go to topic " + name + ", which is for " + what +
                 " alone: change topic, or the table's target name in its route");
}

}  // namespace slotcast::kafka
