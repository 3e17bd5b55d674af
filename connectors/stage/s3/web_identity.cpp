#include "connectors/stage/s3/credentials.h"
#include "connectors/stage/s3/failure.h"
#include "connectors/stage/s3/region.h"
#include "connectors/stage/s3/uri.h"
#include "connectors/stage/s3/xml.h"
#include "lib/io/posix.h"

namespace slotcast::stage::s3 {
namespace {

constexpr std::size_t kTokenBytesMax = 64 * 1024;

Result<std::string> endpoint_of_sts(const Search& search) {
  std::string endpoint = search.variables("AWS_ENDPOINT_URL_STS");
  if (endpoint.empty()) endpoint = search.variables("AWS_ENDPOINT_URL");
  if (!endpoint.empty()) return endpoint;
  TRY_ASSIGN(const std::string region,
             region_of(search.settings, search.variables, search.profile));
  return "https://sts." + region + "." + domain_of(region);
}

Found parse_answer(const std::string& body) {
  TRY_ASSIGN(const Xml root, parse_xml(body));
  const Xml* result = root.child("AssumeRoleWithWebIdentityResult");
  const Xml* found = result == nullptr ? nullptr : result->child("Credentials");
  if (found == nullptr) return corrupt("STS answers without credentials");
  TRY_ASSIGN(const WallTime ends_at, parse_instant(found->value("Expiration")));
  return std::optional<Credentials>({found->value("AccessKeyId"), found->value("SecretAccessKey"),
                                     found->value("SessionToken"), ends_at});
}

}  // namespace

// Not signed: the token itself says who asks. It goes in the body, which nobody writes to a log.
Found assume_role(const Search& search, const std::string& role, const std::string& token_file) {
  TRY_ASSIGN(std::string token, io::read_text_file(token_file, kTokenBytesMax));
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
  TRY_ASSIGN(const std::string endpoint, endpoint_of_sts(search));
  std::string session = search.variables("AWS_ROLE_SESSION_NAME");
  if (session.empty()) session = search.profile.value("role_session_name");
  if (session.empty()) session = "slotcast";
  const std::string body =
      "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=" + uri_encode(role, false) +
      "&RoleSessionName=" + uri_encode(session, false) +
      "&WebIdentityToken=" + uri_encode(token, false);
  Request request;
  request.method = "POST";
  request.url = endpoint.back() == '/' ? endpoint : endpoint + "/";
  request.headers = {"Content-Type: application/x-www-form-urlencoded"};
  request.body = body;
  const std::string doing = "assuming the role " + role;
  auto answer = search.http.send(request);
  if (!answer.ok()) return answer.error().prefixed(doing);
  if (answer.value().status != 200) return error_of(answer.value(), doing);
  return parse_answer(answer.value().body);
}

Found from_web_identity(const Search& search) {
  const std::string file = search.variables("AWS_WEB_IDENTITY_TOKEN_FILE");
  const std::string role = search.variables("AWS_ROLE_ARN");
  if (file.empty() && role.empty()) return std::optional<Credentials>();
  if (file.empty() || role.empty()) {
    return invalid("AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN need each other");
  }
  return assume_role(search, role, file);
}

}  // namespace slotcast::stage::s3
