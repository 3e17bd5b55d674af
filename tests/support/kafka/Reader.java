package slotcast.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads a whole topic with Kafka's own consumer, without a group. */
final class Reader {
  private final Properties clients;

  private Reader(Properties clients) {
    this.clients = clients;
  }

  static void add(Map<String, Tool.Command> commands, Properties clients) {
    commands.put("read", new Reader(clients)::read);
  }

  /** All records from the first to the end of now: what is committed, unless asked otherwise. */
  private Object read(JsonNode asked) throws Exception {
    String topic = asked.get("topic").asText();
    long deadline = System.nanoTime() + asked.path("timeout_ms").asLong(60_000) * 1_000_000;
    Properties settings = new Properties();
    settings.putAll(clients);
    settings.put("isolation.level", asked.path("isolation").asText("read_committed"));
    settings.put("fetch.max.wait.ms", "10");
    settings.put("allow.auto.create.topics", "false");
    settings.put("enable.auto.commit", "false");
    List<Object> found = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
             settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = new ArrayList<>();
      consumer.partitionsFor(topic).forEach(
          info -> partitions.add(new TopicPartition(topic, info.partition())));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (!isAtEnd(consumer, ends)) {
        if (System.nanoTime() > deadline) {
          throw new TimeoutException("the end of " + topic + " was not reached");
        }
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          if (record.offset() < ends.get(new TopicPartition(topic, record.partition()))) {
            found.add(describe(record));
          }
        }
      }
    }
    return found;
  }

  private static boolean isAtEnd(
      KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> ends) {
    return ends.entrySet().stream().allMatch(
        end -> consumer.position(end.getKey()) >= end.getValue());
  }

  private static Object describe(ConsumerRecord<byte[], byte[]> record) {
    List<Object> headers = new ArrayList<>();
    for (Header header : record.headers()) {
      List<String> pair = new ArrayList<>();
      pair.add(header.key());
      pair.add(text(header.value()));
      headers.add(pair);
    }
    Map<String, Object> described = new LinkedHashMap<>();
    described.put("partition", record.partition());
    described.put("offset", record.offset());
    described.put("timestamp", record.timestamp());
    described.put("timestamp_type", record.timestampType().toString());
    described.put("key", text(record.key()));
    described.put("value", text(record.value()));
    described.put("headers", headers);
    return described;
  }

  private static String text(byte[] bytes) {
    return bytes == null ? null : Base64.getEncoder().encodeToString(bytes);
  }
}
