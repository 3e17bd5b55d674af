#include "connectors/stage/s3/http.h"

#include <algorithm>
#include <cstring>

#include "connectors/stage/s3/credentials.h"
#include "connectors/stage/s3/digest.h"
#include "lib/http/client.h"

namespace slotcast::stage::s3 {
namespace {

constexpr std::size_t kAnswerBytesMax = 64ull << 20;
constexpr long kStallBytesPerSecond = 1024;
constexpr long kLinkLocalMilliseconds = 2000;

constexpr http::Names kNames{"the endpoint", "ca_file", "the endpoint's"};

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

}  // namespace

struct Http::Handle : http::Client {
  Upload upload;

  void set_answer(Response& response);
  void set_body(const Request& request);
  void set_times(const Timeouts& timeouts, const Request& request);
  void sign(const Request& request);
};

void Http::Handle::set_answer(Response& response) {
  take_body(response.body, kAnswerBytesMax);
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

void Http::Handle::set_times(const Timeouts& timeouts, const Request& request) {
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
void Http::Handle::sign(const Request& request) {
  if (request.credentials == nullptr) return;
  const Credentials& credentials = *request.credentials;
  add_header("x-amz-content-sha256: " + sha256_hex(request.body));
  if (!credentials.session_token.empty()) {
    add_header("x-amz-security-token: " + credentials.session_token);
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
    : timeouts_{http::milliseconds(settings.connect_timeout),
                (http::milliseconds(settings.stall_timeout) + 999) / 1000,
                http::milliseconds(settings.request_timeout)},
      ca_file_(settings.ca_file),
      handle_(std::make_unique<Handle>()) {}

Http::~Http() = default;

Result<Response> Http::send(const Request& request) {
  Response response;
  handle_->begin(request.url);
  for (const std::string& line : request.headers) handle_->add_header(line);
  handle_->set_answer(response);
  handle_->set_body(request);
  handle_->set_times(timeouts_, request);
  handle_->sign(request);
  // An object may be called "..": the name is sent as it is.
  handle_->set(CURLOPT_PATH_AS_IS, 1L);
  if (request.is_link_local) handle_->set(CURLOPT_NOPROXY, "*");
  if (!ca_file_.empty()) handle_->set(CURLOPT_CAINFO, ca_file_.c_str());
  if (const auto failure = handle_->perform()) return http::error_of(*failure, kNames);
  response.status = handle_->status();
  return response;
}

}  // namespace slotcast::stage::s3
