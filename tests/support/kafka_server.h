#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "tests/support/kafka_messages.h"
#include "tests/support/temp_dir.h"

namespace slotcast::test {

using KafkaSettings = std::map<std::string, std::string>;

// A Kafka of one broker, Apache's own, as dev/kafka.sh installs it. It starts within seconds, and
// dies with the test. What cannot be done throws, and the test fails.
class KafkaServer {
 public:
  // `properties` are the broker's own, over tests/support/kafka/server.properties.
  explicit KafkaServer(KafkaSettings properties = {});
  ~KafkaServer();
  KafkaServer(const KafkaServer&) = delete;
  KafkaServer& operator=(const KafkaServer&) = delete;

  // One for all tests of this process, started by the first that asks. Who ends or freezes it has
  // to have it run again when the test ends.
  static KafkaServer& shared();

  std::string bootstrap() const;

  // Any number of times; what was written stays, and so does the address. Returns when it answers.
  void start();
  // SIGKILL.
  void kill();
  // As an operator does.
  void stop();
  // Connections are taken by the kernel and answered by nobody.
  void freeze() const;
  void thaw() const;

  // A topic whose name no other one has; it begins with `stem`.
  std::string new_topic(const std::string& stem, int partitions = 1,
                        const KafkaSettings& settings = {}) const;
  // What is committed in all partitions up to now.
  std::vector<KafkaMessage> read(const std::string& topic) const;
  // What is not committed, too.
  std::vector<KafkaMessage> read_uncommitted(const std::string& topic) const;

 private:
  void wait_until_ready(std::size_t log_size);
  std::string log_after(std::size_t size) const;

  TempDir directory_;
  KafkaSettings properties_;
  int port_ = 0;
  pid_t process_ = -1;
};

}  // namespace slotcast::test
