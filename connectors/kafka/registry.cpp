#include "connectors/kafka/registry.h"

#include <simdjson.h>

#include <algorithm>

#include "connectors/kafka/format/connect_schema.h"

namespace slotcast::kafka {
namespace {

constexpr std::size_t kAnswerBytesMax = 16ull << 20;
constexpr std::size_t kMessageBytesMax = 500;
constexpr std::size_t kKnownMax = 10'000;

constexpr http::Names kNames{"the registry's url", "ca_file", "the registry's"};

// {"error_code":42201,"message":"…"}
std::string words_of(const std::string& body) {
  simdjson::dom::parser parser;
  simdjson::dom::element answer;
  if (parser.parse(body).get(answer) != simdjson::SUCCESS) return "";
  std::int64_t code = 0;
  std::string_view message;
  std::string words;
  if (answer["error_code"].get_int64().get(code) == simdjson::SUCCESS) {
    words += ", error_code " + std::to_string(code);
  }
  if (answer["message"].get_string().get(message) == simdjson::SUCCESS) {
    words += ": " + std::string(message.substr(0, kMessageBytesMax));
  }
  return words;
}

// What a person can do, where the registry does not say it.
const char* advice_of(long status) {
  switch (status) {
    case 401:
    case 403:
      return "; correct the registry's username and password, or allow this user to write the "
             "subject";
    case 404:
      return "; correct the registry's url";
    case 409:
      return "; the schema does not fit the earlier ones of the subject by its compatibility: "
             "change that, or send the table to another topic";
    default:
      return "";
  }
}

bool is_transient(long status) {
  return status == 408 || status == 429 || (status >= 500 && status != 501);
}

}  // namespace

Status check(const RegistryOptions& options) {
  const std::string& url = options.url;
  const std::size_t host = url.find("://");
  const bool is_http = url.starts_with("http://") || url.starts_with("https://");
  if (!is_http || host + 3 >= url.size() || url.find_first_of("?# ") != std::string::npos) {
    return invalid("a registry's url is http(s)://host[:port][/path]");
  }
  // Errors name the url.
  const std::size_t slash = std::min(url.find('/', host + 3), url.size());
  if (url.substr(0, slash).find('@') != std::string::npos) {
    return invalid("a registry's user and password are not part of its url: username and password");
  }
  if (options.username.empty() && !options.password.empty()) {
    return invalid("a registry's password needs its username");
  }
  return {};
}

Registry::Registry(RegistryOptions options) : options_(std::move(options)) {}

Result<Registry::Answer> Registry::post(const std::string& path, const std::string& body) {
  Answer answer;
  std::string url = options_.url;
  while (url.ends_with('/')) url.pop_back();
  client_.begin(url + path);
  client_.add_header("Content-Type: application/vnd.schemaregistry.v1+json");
  client_.add_header("Accept: application/vnd.schemaregistry.v1+json, application/json");
  client_.set_post(body);
  client_.take_body(answer.body, kAnswerBytesMax);
  client_.set(CURLOPT_CONNECTTIMEOUT_MS, http::milliseconds(options_.connect_timeout));
  client_.set(CURLOPT_TIMEOUT_MS, http::milliseconds(options_.request_timeout));
  if (!options_.username.empty()) client_.set_user(options_.username, options_.password);
  if (!options_.ca_file.empty()) client_.set(CURLOPT_CAINFO, options_.ca_file.c_str());
  if (const auto failure = client_.perform()) return http::error_of(*failure, kNames);
  answer.status = client_.status();
  return answer;
}

Result<std::int32_t> Registry::id_of(const std::string& subject, const std::string& schema) {
  const std::pair key(subject, schema);
  const auto known = known_.find(key);
  if (known != known_.end()) return known->second;
  TRY_ASSIGN(const std::int32_t id, register_schema(subject, schema));
  if (known_.size() >= kKnownMax) known_.clear();
  known_.emplace(key, id);
  return id;
}

Result<std::int32_t> Registry::register_schema(const std::string& subject,
                                               const std::string& schema) {
  const std::string doing = "the schema registry at " + options_.url + ", subject " + subject;
  auto posted = post("/subjects/" + client_.escaped(subject) + "/versions",
                     "{\"schema\":" + quoted_json(schema) + "}");
  if (!posted.ok()) return posted.error().prefixed(doing);
  const Answer& answer = posted.value();
  if (answer.status != 200) {
    Error error = is_transient(answer.status) ? transient("") : invalid("");
    error.what = "answers " + std::to_string(answer.status) + words_of(answer.body) +
                 advice_of(answer.status);
    return error.prefixed(doing);
  }
  simdjson::dom::parser parser;
  std::int64_t id = 0;
  if (parser.parse(answer.body)["id"].get_int64().get(id) != simdjson::SUCCESS || id < 0 ||
      id > INT32_MAX) {
    return invalid("answers without an id: it is no schema registry").prefixed(doing);
  }
  return static_cast<std::int32_t>(id);
}

}  // namespace slotcast::kafka
