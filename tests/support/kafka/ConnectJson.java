package slotcast.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.json.JsonConverter;

/**
 * Reads messages as a Kafka Connect sink does, with Connect's own converter, and says what it took
 * them for. Each value is written with the Java class that Connect made of it, since that is where
 * a wrong schema shows: {"BigDecimal": "1.50"}, {"Date": "2024-02-29T00:00:00Z"}.
 */
final class ConnectJson {
  static void add(Map<String, Tool.Command> commands) {
    commands.put("connect_json", ConnectJson::decode);
  }

  /** "messages": base64 or null; "part": key or value; "settings": such as schemas.enable. */
  private static Object decode(JsonNode asked) {
    JsonConverter converter = new JsonConverter();
    converter.configure(Tool.strings(asked.path("settings")),
        asked.path("part").asText("value").equals("key"));
    List<Object> found = new ArrayList<>();
    for (JsonNode message : asked.get("messages")) {
      byte[] bytes = message.isNull() ? null : Base64.getDecoder().decode(message.asText());
      found.add(decode(converter, bytes));
    }
    converter.close();
    return found;
  }

  /** What Connect refuses is an answer, too. */
  private static Object decode(JsonConverter converter, byte[] message) {
    Map<String, Object> found = new LinkedHashMap<>();
    try {
      SchemaAndValue read = converter.toConnectData("topic", message);
      found.put("schema", describe(read.schema()));
      found.put("value", describe(read.value()));
    } catch (RuntimeException refused) {
      found.put("refused", String.valueOf(refused.getMessage()));
    }
    return found;
  }

  private static Object describe(Schema schema) {
    if (schema == null) {
      return null;
    }
    Map<String, Object> found = new LinkedHashMap<>();
    found.put("type", schema.type().getName());
    found.put("optional", schema.isOptional());
    putIf(found, "name", schema.name());
    putIf(found, "version", schema.version());
    putIf(found, "doc", schema.doc());
    putIf(found, "parameters",
        schema.parameters() == null ? null : new TreeMap<>(schema.parameters()));
    putIf(found, "default", schema.defaultValue() == null ? null : describe(schema.defaultValue()));
    switch (schema.type()) {
      case STRUCT:
        Map<String, Object> fields = new LinkedHashMap<>();
        for (Field field : schema.fields()) {
          fields.put(field.name(), describe(field.schema()));
        }
        found.put("fields", fields);
        break;
      case MAP:
        found.put("keys", describe(schema.keySchema()));
        found.put("values", describe(schema.valueSchema()));
        break;
      case ARRAY:
        found.put("items", describe(schema.valueSchema()));
        break;
      default:
    }
    return found;
  }

  private static void putIf(Map<String, Object> found, String name, Object value) {
    if (value != null) {
      found.put(name, value);
    }
  }

  private static Object describe(Object value) {
    if (value == null) {
      return null;
    }
    if (value instanceof Struct) {
      Map<String, Object> fields = new LinkedHashMap<>();
      for (Field field : ((Struct) value).schema().fields()) {
        // Without the default that get() would put in the place of a null.
        fields.put(field.name(), describe(((Struct) value).getWithoutDefault(field.name())));
      }
      return Map.of("Struct", fields);
    }
    if (value instanceof List) {
      List<Object> items = new ArrayList<>();
      ((List<?>) value).forEach(item -> items.add(describe(item)));
      return Map.of("List", items);
    }
    if (value instanceof Map) {
      // Pairs: a key of Connect need not be a string.
      List<Object> pairs = new ArrayList<>();
      ((Map<?, ?>) value).forEach((key, item) -> {
        List<Object> pair = new ArrayList<>();
        pair.add(describe(key));
        pair.add(describe(item));
        pairs.add(pair);
      });
      return Map.of("Map", pairs);
    }
    return Map.of(value.getClass().getSimpleName(), scalar(value));
  }

  /** As a string wherever JSON's own number could lose something. */
  private static String scalar(Object value) {
    if (value instanceof byte[]) {
      return Base64.getEncoder().encodeToString((byte[]) value);
    }
    if (value instanceof ByteBuffer) {
      return Base64.getEncoder().encodeToString(((ByteBuffer) value).array());
    }
    if (value instanceof BigDecimal) {
      return ((BigDecimal) value).toPlainString();
    }
    if (value instanceof Date) {
      return Instant.ofEpochMilli(((Date) value).getTime()).toString();
    }
    return value.toString();
  }

  private ConnectJson() {}
}
