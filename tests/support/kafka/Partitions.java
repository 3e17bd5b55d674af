package slotcast.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.utils.Utils;

/** Where Kafka's own producer puts a key. */
final class Partitions {
  static void add(Map<String, Tool.Command> commands) {
    commands.put("partitions_of", Partitions::partitionsOf);
    commands.put("murmur2", Partitions::murmur2);
  }

  private static Object partitionsOf(JsonNode asked) {
    List<Integer> found = new ArrayList<>();
    for (JsonNode key : asked.get("keys")) {
      found.add(BuiltInPartitioner.partitionForKey(
          Base64.getDecoder().decode(key.asText()), asked.get("partitions").asInt()));
    }
    return found;
  }

  /** The hash before anything is made of it. */
  private static Object murmur2(JsonNode asked) {
    List<Integer> found = new ArrayList<>();
    for (JsonNode key : asked.get("keys")) {
      found.add(Utils.murmur2(Base64.getDecoder().decode(key.asText())));
    }
    return found;
  }

  private Partitions() {}
}
