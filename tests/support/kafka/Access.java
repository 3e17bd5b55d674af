package slotcast.kafka;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/** Who there is, and who may do what. */
final class Access {
  private final Properties clients;
  private Admin admin;

  private Access(Properties clients) {
    this.clients = clients;
  }

  static void add(Map<String, Tool.Command> commands, Properties clients) {
    Access access = new Access(clients);
    commands.put("set_password", access::setPassword);
    commands.put("add_rule", access::addRule);
    commands.put("remove_rule", access::removeRule);
  }

  private Admin admin() {
    if (admin == null) {
      admin = Admin.create(clients);
    }
    return admin;
  }

  /** For SCRAM, with which the broker's users are its own. */
  private Object setPassword(JsonNode asked) throws Exception {
    String user = asked.get("user").asText();
    String password = asked.get("password").asText();
    // The broker refuses to change a user twice in one request.
    for (ScramMechanism mechanism :
        List.of(ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512)) {
      UserScramCredentialUpsertion change = new UserScramCredentialUpsertion(
          user, new ScramCredentialInfo(mechanism, 4096), password);
      admin().alterUserScramCredentials(List.of(change)).all().get();
    }
    return null;
  }

  private Object addRule(JsonNode asked) throws Exception {
    return admin().createAcls(List.of(rule(asked))).all().get();
  }

  private Object removeRule(JsonNode asked) throws Exception {
    return admin().deleteAcls(List.of(rule(asked).toFilter())).all().get().size();
  }

  /** {"user", "resource": "TOPIC", "name": "*", "operation": "WRITE", "permission": "DENY"} */
  private static AclBinding rule(JsonNode asked) {
    ResourcePattern pattern =
        new ResourcePattern(ResourceType.fromString(asked.get("resource").asText()),
            asked.get("name").asText(),
            PatternType.fromString(asked.path("pattern").asText("LITERAL")));
    return new AclBinding(pattern,
        new AccessControlEntry("User:" + asked.get("user").asText(), "*",
            AclOperation.fromString(asked.get("operation").asText()),
            AclPermissionType.fromString(asked.get("permission").asText())));
  }
}
