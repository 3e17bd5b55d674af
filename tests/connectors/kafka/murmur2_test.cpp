// Goal: a key's partition is where Kafka's own Java producer puts it.
// Method: keys of every length up to some, with all byte values, asked of Java's class.

#include "connectors/kafka/murmur2.h"

#include <catch2/catch.hpp>

#include "lib/base/random.h"
#include "tests/support/kafka_tool.h"

using namespace slotcast;

TEST_CASE("kafka: murmur2 chooses the partitions of Java's producer", "[kafka]") {
  SeededRandom random(7);
  std::vector<std::string> keys = {R"({"id":1})", R"({"id":2,"tenant":"ä"})"};
  for (std::size_t size = 1; size < 70; ++size) {
    std::string key;
    while (key.size() < size) key += static_cast<char>(random.next());
    keys.push_back(key);
  }
  for (const int partitions : {1, 3, 12, 1000}) {
    const std::vector<int> java = test::java_partitions(keys, partitions);
    REQUIRE(java.size() == keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      INFO(keys[i].size() << " bytes, " << partitions << " partitions");
      CHECK(static_cast<int>(kafka::murmur2(keys[i]) % static_cast<unsigned>(partitions)) ==
            java[i]);
    }
  }
}
