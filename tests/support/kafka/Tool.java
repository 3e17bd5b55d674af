package slotcast.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * What a test asks of Kafka's own Java clients, one command a line: {"do": "topics", ...} on the
 * standard input is answered by {"ok": ...} or {"error": "the exception's class", "message": ...}.
 * One process for many commands, since a JVM takes a second to start. The argument is a file of the
 * clients' properties, or missing when no broker is asked.
 */
public final class Tool {
  interface Command {
    Object run(JsonNode arguments) throws Exception;
  }

  static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] arguments) throws Exception {
    Properties clients = new Properties();
    if (arguments.length > 0) {
      try (FileInputStream file = new FileInputStream(arguments[0])) {
        clients.load(file);
      }
    }
    Map<String, Command> commands = new TreeMap<>();
    Topics.add(commands, clients);
    Access.add(commands, clients);
    Transactions.add(commands, clients);
    Reader.add(commands, clients);
    Partitions.add(commands);
    ConnectJson.add(commands);
    serve(commands);
  }

  private static void serve(Map<String, Command> commands) throws Exception {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      out.println(JSON.writeValueAsString(answer(commands, JSON.readTree(line))));
      out.flush();
    }
    // Clients that are still open would wait for a broker that may be gone.
    Runtime.getRuntime().halt(0);
  }

  private static Map<String, Object> answer(Map<String, Command> commands, JsonNode asked) {
    Map<String, Object> answer = new TreeMap<>();
    try {
      Command command = commands.get(asked.path("do").asText());
      if (command == null) {
        throw new IllegalArgumentException("no command " + asked.path("do"));
      }
      answer.put("ok", command.run(asked));
    } catch (Throwable thrown) {
      Throwable cause = thrown;
      while (cause instanceof java.util.concurrent.ExecutionException && cause.getCause() != null) {
        cause = cause.getCause();
      }
      answer.put("error", cause.getClass().getSimpleName());
      answer.put("message", String.valueOf(cause.getMessage()));
    }
    return answer;
  }

  /** The members of an object as strings, such as a topic's settings. */
  static Map<String, String> strings(JsonNode object) {
    Map<String, String> found = new TreeMap<>();
    object.fields().forEachRemaining(field -> found.put(field.getKey(), field.getValue().asText()));
    return found;
  }

  private Tool() {}
}
