#include <simdjson.h>

#include "connectors/stage/s3/credentials.h"
#include "lib/io/posix.h"

// Credentials of the machine or the container that this runs in.

namespace slotcast::stage::s3 {
namespace {

constexpr std::size_t kTokenBytesMax = 64 * 1024;

Result<std::string> text_at(const Search& search, const std::string& method, std::string url,
                            std::vector<std::string> headers) {
  Request request;
  request.method = method;
  request.url = std::move(url);
  request.headers = std::move(headers);
  request.is_link_local = true;
  TRY_ASSIGN(const Response response, search.http.send(request));
  if (response.status != 200) {
    return transient(request.url + " answers " + std::to_string(response.status));
  }
  return response.body;
}

// Without TLS only to where no other machine can be.
bool is_local(const std::string& url) {
  for (const char* host :
       {"http://127.0.0.1", "http://localhost", "http://[::1]", "http://169.254.170.2",
        "http://169.254.170.23", "http://[fd00:ec2::23]"}) {
    if (!url.starts_with(host)) continue;
    const char next = url.c_str()[std::string_view(host).size()];
    if (next == '/' || next == ':' || next == '\0') return true;
  }
  return false;
}

}  // namespace

Result<Credentials> parse_credentials(const std::string& json) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(json).get(root) != simdjson::SUCCESS) {
    return corrupt("a metadata service answers with something else than JSON");
  }
  const auto text = [&](const char* key) {
    std::string_view value;
    return root[key].get_string().get(value) == simdjson::SUCCESS ? std::string(value) : "";
  };
  Credentials credentials{text("AccessKeyId"), text("SecretAccessKey"), text("Token"), {}};
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
    return corrupt("a metadata service answers without credentials");
  }
  if (const std::string ends = text("Expiration"); !ends.empty()) {
    TRY_ASSIGN(credentials.ends_at, parse_instant(ends));
  }
  return credentials;
}

Found from_container(const Search& search) {
  std::string url = search.variables("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  const std::string relative = search.variables("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  if (!relative.empty()) url = "http://169.254.170.2" + relative;
  if (url.empty()) return std::optional<Credentials>();
  if (!url.starts_with("https://") && !is_local(url)) {
    return invalid("AWS_CONTAINER_CREDENTIALS_FULL_URI names another machine without TLS");
  }
  std::vector<std::string> headers;
  std::string token = search.variables("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  const std::string file = search.variables("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  if (!file.empty()) {
    TRY_ASSIGN(token, io::read_text_file(file, kTokenBytesMax));
  }
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
  if (token.find_first_of("\r\n") != std::string::npos) {
    return invalid("the container's authorization token has several lines");
  }
  if (!token.empty()) headers.push_back("Authorization: " + token);
  TRY_ASSIGN(const std::string json, text_at(search, "GET", url, headers));
  TRY_ASSIGN(Credentials credentials, parse_credentials(json));
  return std::optional<Credentials>(std::move(credentials));
}

// IMDSv2: a token first. A machine without the service does not answer, which is no error.
Found from_instance(const Search& search) {
  if (search.variables("AWS_EC2_METADATA_DISABLED") == "true") return std::optional<Credentials>();
  std::string endpoint = search.variables("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  if (endpoint.empty()) endpoint = "http://169.254.169.254";
  while (endpoint.ends_with('/')) endpoint.pop_back();
  const auto token = text_at(search, "PUT", endpoint + "/latest/api/token",
                             {"X-aws-ec2-metadata-token-ttl-seconds: 300"});
  if (!token.ok()) return std::optional<Credentials>();
  const std::vector<std::string> headers{"X-aws-ec2-metadata-token: " + token.value()};
  const std::string roles = endpoint + "/latest/meta-data/iam/security-credentials/";
  const auto listed = text_at(search, "GET", roles, headers);
  if (!listed.ok()) return std::optional<Credentials>();  // a machine without a role
  const std::string role = listed.value().substr(0, listed.value().find('\n'));
  TRY_ASSIGN(const std::string json, text_at(search, "GET", roles + role, headers));
  TRY_ASSIGN(Credentials credentials, parse_credentials(json));
  return std::optional<Credentials>(std::move(credentials));
}

}  // namespace slotcast::stage::s3
