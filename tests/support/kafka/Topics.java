package slotcast.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;

/** Topics, their settings and where they begin and end. */
final class Topics {
  private final Properties clients;
  private Admin admin;

  private Topics(Properties clients) {
    this.clients = clients;
  }

  static void add(Map<String, Tool.Command> commands, Properties clients) {
    Topics topics = new Topics(clients);
    commands.put("create_topic", topics::create);
    commands.put("delete_topic", topics::delete);
    commands.put("describe_topic", topics::describe);
    commands.put("alter_topic", topics::alter);
    commands.put("alter_broker", topics::alterBroker);
    commands.put("add_partitions", topics::addPartitions);
    commands.put("topics", topics::names);
    commands.put("offsets", topics::offsets);
    commands.put("delete_records", topics::deleteRecords);
  }

  private Admin admin() {
    if (admin == null) {
      admin = Admin.create(clients);
    }
    return admin;
  }

  private Object create(JsonNode asked) throws Exception {
    NewTopic topic =
        new NewTopic(asked.get("topic").asText(), asked.path("partitions").asInt(1), (short) 1);
    topic.configs(Tool.strings(asked.path("settings")));
    return admin().createTopics(List.of(topic)).all().get();
  }

  private Object delete(JsonNode asked) throws Exception {
    return admin().deleteTopics(List.of(asked.get("topic").asText())).all().get();
  }

  /** How many partitions, and the settings that differ from the broker's. */
  private Object describe(JsonNode asked) throws Exception {
    String name = asked.get("topic").asText();
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, name);
    Map<String, String> settings = new TreeMap<>();
    for (ConfigEntry entry :
        admin().describeConfigs(List.of(resource)).all().get().get(resource).entries()) {
      if (entry.source() == ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG) {
        settings.put(entry.name(), entry.value());
      }
    }
    return Map.of("partitions", partitionsOf(name).size(), "settings", settings);
  }

  private Object alter(JsonNode asked) throws Exception {
    return alter(ConfigResource.Type.TOPIC, asked.get("topic").asText(), asked.get("settings"));
  }

  private Object alterBroker(JsonNode asked) throws Exception {
    return alter(ConfigResource.Type.BROKER, "1", asked.get("settings"));
  }

  private Object alter(ConfigResource.Type type, String name, JsonNode settings) throws Exception {
    Collection<AlterConfigOp> changes = new ArrayList<>();
    Tool.strings(settings)
        .forEach((key, value) -> changes.add(
            new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET)));
    return admin()
        .incrementalAlterConfigs(Map.of(new ConfigResource(type, name), changes)).all().get();
  }

  private Object addPartitions(JsonNode asked) throws Exception {
    NewPartitions wanted = NewPartitions.increaseTo(asked.get("partitions").asInt());
    return admin().createPartitions(Map.of(asked.get("topic").asText(), wanted)).all().get();
  }

  private Object names(JsonNode asked) throws Exception {
    return new TreeSet<>(admin().listTopics().names().get());
  }

  /** Of each partition: the first offset, the last stable one and the one after the last record. */
  private Object offsets(JsonNode asked) throws Exception {
    List<TopicPartition> partitions = partitionsOf(asked.get("topic").asText());
    Map<Integer, Map<String, Long>> found = new TreeMap<>();
    partitions.forEach(partition -> found.put(partition.partition(), new TreeMap<>()));
    note(found, "first", partitions, OffsetSpec.earliest(), IsolationLevel.READ_UNCOMMITTED);
    note(found, "stable", partitions, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED);
    note(found, "end", partitions, OffsetSpec.latest(), IsolationLevel.READ_UNCOMMITTED);
    return found;
  }

  private void note(Map<Integer, Map<String, Long>> found, String what,
      List<TopicPartition> partitions, OffsetSpec spec, IsolationLevel level) throws Exception {
    Map<TopicPartition, OffsetSpec> specs = new HashMap<>();
    partitions.forEach(partition -> specs.put(partition, spec));
    admin().listOffsets(specs, new ListOffsetsOptions(level)).all().get().forEach(
        (partition, info) -> found.get(partition.partition()).put(what, info.offset()));
  }

  private Object deleteRecords(JsonNode asked) throws Exception {
    TopicPartition partition =
        new TopicPartition(asked.get("topic").asText(), asked.path("partition").asInt(0));
    RecordsToDelete before = RecordsToDelete.beforeOffset(asked.get("before").asLong());
    return admin().deleteRecords(Map.of(partition, before)).all().get();
  }

  private List<TopicPartition> partitionsOf(String topic) throws Exception {
    TopicDescription description =
        admin().describeTopics(List.of(topic)).allTopicNames().get().get(topic);
    List<TopicPartition> partitions = new ArrayList<>();
    for (TopicPartitionInfo info : description.partitions()) {
      partitions.add(new TopicPartition(topic, info.partition()));
    }
    return partitions;
  }
}
