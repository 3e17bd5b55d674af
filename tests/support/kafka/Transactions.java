package slotcast.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Transactions of its own, and what the broker knows about those of others. */
final class Transactions {
  private final Properties clients;
  private final Map<String, KafkaProducer<byte[], byte[]>> producers = new HashMap<>();
  private Admin admin;

  private Transactions(Properties clients) {
    this.clients = clients;
  }

  static void add(Map<String, Tool.Command> commands, Properties clients) {
    Transactions transactions = new Transactions(clients);
    commands.put("begin", transactions::begin);
    commands.put("send", transactions::send);
    commands.put("commit", transactions::commit);
    commands.put("abort", transactions::abort);
    commands.put("transactions", transactions::list);
    commands.put("producers", transactions::producersOf);
    commands.put("abort_hanging", transactions::abortHanging);
  }

  private Admin admin() {
    if (admin == null) {
      admin = Admin.create(clients);
    }
    return admin;
  }

  /** "new": another incarnation of the id, which fences the one before. */
  private Object begin(JsonNode asked) throws Exception {
    String id = asked.get("id").asText();
    KafkaProducer<byte[], byte[]> producer = producers.get(id);
    if (producer == null) {
      Properties settings = new Properties();
      settings.putAll(clients);
      settings.put("transactional.id", asked.path("transactional_id").asText(id));
      settings.put("linger.ms", "0");
      settings.putAll(Tool.strings(asked.path("settings")));
      producer =
          new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
      producers.put(id, producer);
      producer.initTransactions();
    }
    producer.beginTransaction();
    return null;
  }

  private Object send(JsonNode asked) throws Exception {
    JsonNode partition = asked.path("partition");
    ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(asked.get("topic").asText(),
        partition.isNumber() ? partition.asInt() : null, bytes(asked.path("key")),
        bytes(asked.path("value")));
    for (JsonNode header : asked.path("headers")) {
      record.headers().add(new RecordHeader(header.get(0).asText(), bytes(header.get(1))));
    }
    return producers.get(asked.get("id").asText()).send(record).get().offset();
  }

  private static byte[] bytes(JsonNode text) {
    return text.isTextual() ? Base64.getDecoder().decode(text.asText()) : null;
  }

  private Object commit(JsonNode asked) {
    producers.get(asked.get("id").asText()).commitTransaction();
    return null;
  }

  private Object abort(JsonNode asked) {
    producers.get(asked.get("id").asText()).abortTransaction();
    return null;
  }

  private Object list(JsonNode asked) throws Exception {
    Map<String, Object> found = new TreeMap<>();
    for (TransactionListing listing : admin().listTransactions().all().get()) {
      found.put(listing.transactionalId(), describe(listing.transactionalId()));
    }
    return found;
  }

  private Object describe(String id) throws Exception {
    TransactionDescription description =
        admin().describeTransactions(List.of(id)).description(id).get();
    List<String> partitions = new ArrayList<>();
    description.topicPartitions().forEach(partition -> partitions.add(partition.toString()));
    Map<String, Object> found = new TreeMap<>();
    found.put("state", description.state().toString());
    found.put("producer_id", description.producerId());
    found.put("epoch", description.producerEpoch());
    found.put("timeout_ms", description.transactionTimeoutMs());
    found.put("partitions", partitions);
    return found;
  }

  /** Who has written to a partition of late; a transaction that is open began at "open_since". */
  private Object producersOf(JsonNode asked) throws Exception {
    List<Object> found = new ArrayList<>();
    for (ProducerState state : statesOf(partition(asked))) {
      Map<String, Object> one = new TreeMap<>();
      one.put("producer_id", state.producerId());
      one.put("epoch", state.producerEpoch());
      one.put("last_sequence", state.lastSequence());
      one.put("open_since", state.currentTransactionStartOffset().isPresent()
          ? state.currentTransactionStartOffset().getAsLong() : null);
      found.add(one);
    }
    return found;
  }

  /** As `kafka-transactions.sh abort`: ends the transactions that are open in a partition. */
  private Object abortHanging(JsonNode asked) throws Exception {
    int count = 0;
    for (ProducerState state : statesOf(partition(asked))) {
      if (state.currentTransactionStartOffset().isPresent()) {
        admin().abortTransaction(new AbortTransactionSpec(partition(asked), state.producerId(),
            (short) state.producerEpoch(), state.coordinatorEpoch().orElse(-1))).all().get();
        ++count;
      }
    }
    return count;
  }

  private List<ProducerState> statesOf(TopicPartition partition) throws Exception {
    return admin().describeProducers(List.of(partition)).partitionResult(partition).get()
        .activeProducers();
  }

  private static TopicPartition partition(JsonNode asked) {
    return new TopicPartition(asked.get("topic").asText(), asked.path("partition").asInt(0));
  }
}
