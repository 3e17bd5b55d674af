#include "connectors/stage/s3/http.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "connectors/stage/s3/credentials.h"
#include "connectors/stage/s3/digest.h"

namespace slotcast::stage::s3 {
namespace {

constexpr std::size_t kAnswerBytesMax = 64ull << 20;
constexpr long kStallBytesPerSecond = 1024;
constexpr long kLinkLocalMilliseconds = 2000;

long milliseconds(Duration duration) {
  const auto count = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  return std::max(1L, static_cast<long>(count));
}

struct HeaderList {
  curl_slist* first = nullptr;
  ~HeaderList() { curl_slist_free_all(first); }
  void add(const std::string& line) { first = curl_slist_append(first, line.c_str()); }
};

struct Upload {
  std::string_view body;
  std::size_t sent = 0;
};

std::size_t on_read(char* to, std::size_t size, std::size_t count, void* user) {
  auto& upload = *static_cast<Upload*>(user);
  const std::size_t now = std::min(size * count, upload.body.size() - upload.sent);
  std::memcpy(to, upload.body.data() + upload.sent, now);
  upload.sent += now;
  return now;
}

// A connection that was kept turns out to be closed: libcurl begins again on another one.
int on_seek(void* user, curl_off_t offset, int origin) {
  auto& upload = *static_cast<Upload*>(user);
  if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_FAIL;
  upload.sent = std::min(static_cast<std::size_t>(offset), upload.body.size());
  return CURL_SEEKFUNC_OK;
}

std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* user) {
  auto& response = *static_cast<Response*>(user);
  if (response.body.size() + size * count > kAnswerBytesMax) return 0;
  response.body.append(bytes, size * count);
  return size * count;
}

std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* user) {
  auto& response = *static_cast<Response*>(user);
  const std::string_view line(bytes, size * count);
  // Of "100 Continue" and the answer itself only the last one's headers count.
  if (line.starts_with("HTTP/")) response.headers.clear();
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  std::string name(line.substr(0, colon));
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const std::size_t first = line.find_first_not_of(" \t\r\n", colon + 1);
  const std::size_t last = line.find_last_not_of(" \t\r\n");
  if (first != std::string_view::npos && last >= first) {
    response.headers[name] = line.substr(first, last - first + 1);
  }
  return line.size();
}

// libcurl calls it before it sends the request, each time.
int on_send(void* user, char*, char*, int, int) {
  ++static_cast<Response*>(user)->sent;
  return CURL_PREREQFUNC_OK;
}

Error error_of(CURLcode code, const char* detail) {
  const std::string what = *detail != '\0' ? detail : curl_easy_strerror(code);
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
      return invalid(what + "; name the certificates that sign the endpoint's in ca_file");
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
      return transient(what + "; look whether the endpoint is right and can be reached from here");
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return invalid(what);
    case CURLE_WRITE_ERROR:
      return corrupt("the answer is longer than any that is expected");
    default:
      return transient(what);
  }
}

}  // namespace

struct Http::Handle {
  CURL* curl = curl_easy_init();
  std::array<char, CURL_ERROR_SIZE> detail{};
  Upload upload;

  Handle() { ENSURE(curl != nullptr); }
  ~Handle() { curl_easy_cleanup(curl); }

  template <class Value>
  void set(CURLoption option, Value value) const {
    ENSURE(curl_easy_setopt(curl, option, value) == CURLE_OK);
  }
  void set_answer(Response& response);
  void set_body(const Request& request);
  void set_times(const Timeouts& timeouts, const Request& request) const;
  void sign(const Request& request, HeaderList& headers) const;
};

void Http::Handle::set_answer(Response& response) {
  detail[0] = '\0';
  set(CURLOPT_ERRORBUFFER, detail.data());
  set(CURLOPT_WRITEFUNCTION, on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&response));
  set(CURLOPT_HEADERFUNCTION, on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(&response));
  set(CURLOPT_PREREQFUNCTION, on_send);
  set(CURLOPT_PREREQDATA, static_cast<void*>(&response));
}

void Http::Handle::set_body(const Request& request) {
  upload = {request.body, 0};
  if (request.method == "HEAD") set(CURLOPT_NOBODY, 1L);
  if (request.method == "PUT" || request.method == "POST") {
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_READFUNCTION, on_read);
    set(CURLOPT_READDATA, static_cast<void*>(&upload));
    set(CURLOPT_SEEKFUNCTION, on_seek);
    set(CURLOPT_SEEKDATA, static_cast<void*>(&upload));
    set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  if (request.method != "HEAD") set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

void Http::Handle::set_times(const Timeouts& timeouts, const Request& request) const {
  const bool is_link_local = request.is_link_local;
  // Where there is no such service nobody answers at all: find out soon.
  set(CURLOPT_CONNECTTIMEOUT_MS,
      is_link_local ? kLinkLocalMilliseconds : timeouts.connect_milliseconds);
  set(CURLOPT_TIMEOUT_MS,
      is_link_local ? 2 * kLinkLocalMilliseconds : timeouts.request_milliseconds);
  // Without bytes to wait for, this finds a far side that is gone.
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_TCP_KEEPIDLE, timeouts.stall_seconds);
  set(CURLOPT_TCP_KEEPINTVL, std::max(1L, timeouts.stall_seconds / 4));
  if (request.may_last) return;
  set(CURLOPT_LOW_SPEED_LIMIT, kStallBytesPerSecond);
  set(CURLOPT_LOW_SPEED_TIME, timeouts.stall_seconds);
}

// libcurl signs what it is given as it is: it neither sorts parameters nor hashes this body.
void Http::Handle::sign(const Request& request, HeaderList& headers) const {
  if (request.credentials == nullptr) return;
  const Credentials& credentials = *request.credentials;
  headers.add("x-amz-content-sha256: " + sha256_hex(request.body));
  if (!credentials.session_token.empty()) {
    headers.add("x-amz-security-token: " + credentials.session_token);
  }
  set(CURLOPT_AWS_SIGV4, ("aws:amz:" + request.region + ":s3").c_str());
  set(CURLOPT_USERNAME, credentials.access_key_id.c_str());
  set(CURLOPT_PASSWORD, credentials.secret_access_key.c_str());
}

const std::string& Response::header(const std::string& name) const {
  static const std::string none;
  const auto found = headers.find(name);
  return found == headers.end() ? none : found->second;
}

Http::Http(const Settings& settings)
    : timeouts_{milliseconds(settings.connect_timeout),
                (milliseconds(settings.stall_timeout) + 999) / 1000,
                milliseconds(settings.request_timeout)},
      ca_file_(settings.ca_file) {
  static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
  ENSURE(once == CURLE_OK);
  handle_ = std::make_unique<Handle>();
}

Http::~Http() = default;

Result<Response> Http::send(const Request& request) {
  Response response;
  HeaderList headers;
  for (const std::string& line : request.headers) headers.add(line);
  curl_easy_reset(handle_->curl);
  handle_->set_answer(response);
  handle_->set_body(request);
  handle_->set_times(timeouts_, request);
  handle_->sign(request, headers);
  handle_->set(CURLOPT_URL, request.url.c_str());
  handle_->set(CURLOPT_HTTPHEADER, headers.first);
  handle_->set(CURLOPT_PROTOCOLS_STR, "http,https");
  handle_->set(CURLOPT_NOSIGNAL, 1L);
  // An object may be called "..": the name is sent as it is.
  handle_->set(CURLOPT_PATH_AS_IS, 1L);
  if (request.is_link_local) handle_->set(CURLOPT_NOPROXY, "*");
  if (!ca_file_.empty()) handle_->set(CURLOPT_CAINFO, ca_file_.c_str());
  const CURLcode code = curl_easy_perform(handle_->curl);
  if (code != CURLE_OK) return error_of(code, handle_->detail.data());
  curl_easy_getinfo(handle_->curl, CURLINFO_RESPONSE_CODE, &response.status);
  return response;
}

}  // namespace slotcast::stage::s3
