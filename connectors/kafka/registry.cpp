#include "connectors/kafka/registry.h"

#include <curl/curl.h>
#include <simdjson.h>

#include <algorithm>
#include <array>

#include "connectors/kafka/format/connect_schema.h"

namespace slotcast::kafka {
namespace {

constexpr std::size_t kAnswerBytesMax = 16ull << 20;
constexpr std::size_t kMessageBytesMax = 500;
constexpr std::size_t kKnownMax = 10'000;

long milliseconds(Duration duration) {
  const auto count = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  return std::max(1L, static_cast<long>(count));
}

std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* user) {
  auto& body = *static_cast<std::string*>(user);
  if (body.size() + size * count > kAnswerBytesMax) return 0;
  body.append(bytes, size * count);
  return size * count;
}

// A subject is a part of the path.
std::string escaped(std::string_view text) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string path;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (kPlain.find(c) != std::string_view::npos) {
      path += c;
    } else {
      path += '%';
      path += "0123456789ABCDEF"[byte >> 4];
      path += "0123456789ABCDEF"[byte & 15];
    }
  }
  return path;
}

Error error_of(CURLcode code, const char* detail) {
  const std::string what = *detail != '\0' ? detail : curl_easy_strerror(code);
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
      return invalid(what + "; name the certificates that sign the registry's in ca_file");
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return invalid(what);
    case CURLE_WRITE_ERROR:
      return invalid("the answer is longer than any that a registry gives");
    default:
      return transient(what);
  }
}

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

struct Registry::Handle {
  CURL* curl = nullptr;
  std::array<char, CURL_ERROR_SIZE> detail{};

  Handle() {
    static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
    ENSURE(once == CURLE_OK);
    curl = curl_easy_init();
    ENSURE(curl != nullptr);
  }
  ~Handle() { curl_easy_cleanup(curl); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  template <class Value>
  void set(CURLoption option, Value value) const {
    ENSURE(curl_easy_setopt(curl, option, value) == CURLE_OK);
  }
};

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

Registry::Registry(RegistryOptions options)
    : options_(std::move(options)), handle_(std::make_unique<Handle>()) {}

Registry::~Registry() = default;

Result<Registry::Answer> Registry::post(const std::string& path, const std::string& body) {
  Answer answer;
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(
      curl_slist_append(
          curl_slist_append(nullptr, "Content-Type: application/vnd.schemaregistry.v1+json"),
          "Accept: application/vnd.schemaregistry.v1+json, application/json"),
      curl_slist_free_all);
  std::string url = options_.url;
  while (url.ends_with('/')) url.pop_back();
  url += path;
  const Handle& handle = *handle_;
  curl_easy_reset(handle.curl);
  handle_->detail[0] = '\0';
  handle.set(CURLOPT_ERRORBUFFER, handle_->detail.data());
  handle.set(CURLOPT_URL, url.c_str());
  handle.set(CURLOPT_HTTPHEADER, headers.get());
  handle.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  handle.set(CURLOPT_POSTFIELDS, body.data());
  handle.set(CURLOPT_WRITEFUNCTION, on_body);
  handle.set(CURLOPT_WRITEDATA, static_cast<void*>(&answer.body));
  handle.set(CURLOPT_PROTOCOLS_STR, "http,https");
  handle.set(CURLOPT_NOSIGNAL, 1L);
  handle.set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options_.connect_timeout));
  handle.set(CURLOPT_TIMEOUT_MS, milliseconds(options_.request_timeout));
  if (!options_.username.empty()) {
    handle.set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    handle.set(CURLOPT_USERNAME, options_.username.c_str());
    handle.set(CURLOPT_PASSWORD, options_.password.c_str());
  }
  if (!options_.ca_file.empty()) handle.set(CURLOPT_CAINFO, options_.ca_file.c_str());
  const CURLcode code = curl_easy_perform(handle.curl);
  if (code != CURLE_OK) return error_of(code, handle_->detail.data());
  curl_easy_getinfo(handle.curl, CURLINFO_RESPONSE_CODE, &answer.status);
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
  auto posted = post("/subjects/" + escaped(subject) + "/versions",
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
