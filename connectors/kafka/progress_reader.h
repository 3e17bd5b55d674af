#pragma once

#include <memory>
#include <string>

#include "connectors/kafka/handle.h"
#include "connectors/kafka/oauth.h"
#include "connectors/kafka/options.h"
#include "connectors/kafka/progress.h"
#include "lib/base/result.h"

namespace slotcast::kafka {

// A consumer of the one partition of a progress topic that sees committed records only. It joins no
// group and leaves no offsets behind.
// Threads: one. Errors: Transient; Corrupt when a record is not what we write.
class ProgressReader {
 public:
  static Result<std::unique_ptr<ProgressReader>> make(const Options& options,
                                                      const std::string& topic);
  ~ProgressReader();
  ProgressReader(const ProgressReader&) = delete;
  ProgressReader& operator=(const ProgressReader&) = delete;

  // The newest records under the two keys. Reads until the record of `owner` has been seen; with an
  // empty one, to the end. Names that begin with `own`, unless that is empty, are no sign of an
  // earlier owner.
  Result<Progress> read(const std::string& key, const std::string& owner_key,
                        const std::string& owner, const std::string& own);

 private:
  ProgressReader(rd_kafka_t* handle, const Options& options, std::string topic)
      : handle_(handle),
        tokens_(TokenGiver::make(handle, options)),
        timeout_(options.answer_timeout),
        topic_(std::move(topic)) {}
  struct Wanted;
  Status assign(std::int64_t offset);
  Result<bool> take(const rd_kafka_message_t& message, const Wanted& wanted, Progress& progress);
  Result<Progress> read_from(std::int64_t offset, const Wanted& wanted);

  rd_kafka_t* const handle_;
  std::unique_ptr<TokenGiver> tokens_;  // null: none are needed
  const Duration timeout_;
  const std::string topic_;
};

}  // namespace slotcast::kafka
