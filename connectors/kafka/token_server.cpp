#include "connectors/kafka/token_server.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <memory>

#include "lib/base/ensure.h"

namespace slotcast::kafka {
namespace {

constexpr std::size_t kAnswerBytesMax = 1 << 20;

// One request.
class Call {
 public:
  Call() {
    static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
    ENSURE(once == CURLE_OK);
    curl_.reset(curl_easy_init());
    ENSURE(curl_ != nullptr);
    set(CURLOPT_ERRORBUFFER, detail_.data());
  }

  template <class Value>
  void set(CURLoption option, Value value) {
    ENSURE(curl_easy_setopt(curl_.get(), option, value) == CURLE_OK);
  }

  // As in a form: what is not A-Z a-z 0-9 - . _ ~ becomes %XX.
  std::string escaped(const std::string& text) {
    const std::unique_ptr<char, void (*)(void*)> made(
        curl_easy_escape(curl_.get(), text.data(), static_cast<int>(text.size())), curl_free);
    ENSURE(made != nullptr);
    return made.get();
  }

  // The status of the answer.
  Result<long> perform();

 private:
  std::unique_ptr<CURL, void (*)(CURL*)> curl_{nullptr, curl_easy_cleanup};
  std::array<char, CURL_ERROR_SIZE> detail_{};
};

Error error_of(CURLcode code, const char* detail) {
  const std::string what = *detail != '\0' ? detail : curl_easy_strerror(code);
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
      return invalid(what + "; name the certificates that sign its own in sasl.token_ca_file");
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
      return transient(what +
                       "; look whether sasl.token_url is right and can be reached from here");
    case CURLE_SSL_CACERT_BADFILE:
      return invalid(what + "; correct sasl.token_ca_file");
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return invalid(what + "; correct sasl.token_url");
    case CURLE_WRITE_ERROR:
      return corrupt("the answer is longer than any with a token; is sasl.token_url right?");
    default:
      return transient(what);
  }
}

Result<long> Call::perform() {
  const CURLcode code = curl_easy_perform(curl_.get());
  if (code != CURLE_OK) return error_of(code, detail_.data());
  long status = 0;
  curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
  return status;
}

std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* user) {
  auto& body = *static_cast<std::string*>(user);
  if (body.size() + size * count > kAnswerBytesMax) return 0;
  body.append(bytes, size * count);
  return size * count;
}

// libcurl calls it each second, and as bytes come.
int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return *static_cast<const std::atomic<bool>*>(user) ? 1 : 0;
}

}  // namespace

Status check_token_url(const std::string& url) {
  const bool is_http = url.starts_with("https://") || url.starts_with("http://");
  const std::size_t host = url.find("://") + 3;
  if (!is_http || host == url.size() || url.find_first_of(" #") != url.npos) {
    return invalid("must be https://host[:port]/path");
  }
  // Errors name it.
  if (url.substr(host, url.find_first_of("/?", host) - host).find('@') != url.npos) {
    return invalid("must not have a user and password: client_id and client_secret are they");
  }
  return {};
}

TokenServer::TokenServer(SaslOptions sasl, Duration timeout)
    : sasl_(std::move(sasl)),
      timeout_milliseconds_(std::max<long>(
          std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count(), 1)) {}

// Id and secret are encoded before they are joined: either may have a colon.
// Source: RFC 6749, 2.3.1 and 4.4.2.
Result<TokenServer::Answer> TokenServer::post(const std::atomic<bool>& ends) const {
  Call call;
  Answer answer;
  std::string form = "grant_type=client_credentials";
  if (!sasl_.scope.empty()) form += "&scope=" + call.escaped(sasl_.scope);
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(
      curl_slist_append(nullptr, "Accept: application/json"), curl_slist_free_all);
  call.set(CURLOPT_URL, sasl_.token_url.c_str());
  call.set(CURLOPT_PROTOCOLS_STR, "http,https");
  call.set(CURLOPT_HTTPHEADER, headers.get());
  call.set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
  call.set(CURLOPT_USERNAME, call.escaped(sasl_.client_id).c_str());
  call.set(CURLOPT_PASSWORD, call.escaped(sasl_.client_secret).c_str());
  call.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(form.size()));
  call.set(CURLOPT_POSTFIELDS, form.data());
  call.set(CURLOPT_WRITEFUNCTION, on_body);
  call.set(CURLOPT_WRITEDATA, static_cast<void*>(&answer.body));
  call.set(CURLOPT_XFERINFOFUNCTION, on_progress);
  call.set(CURLOPT_XFERINFODATA, static_cast<const void*>(&ends));
  call.set(CURLOPT_NOPROGRESS, 0L);
  call.set(CURLOPT_NOSIGNAL, 1L);
  call.set(CURLOPT_TIMEOUT_MS, timeout_milliseconds_);
  if (!sasl_.token_ca_file.empty()) call.set(CURLOPT_CAINFO, sasl_.token_ca_file.c_str());
  TRY_ASSIGN(answer.status, call.perform());
  return answer;
}

// Parameters of the address are left out of errors: nobody knows what they hold.
Result<Token> TokenServer::fetch(const std::atomic<bool>& ends) const {
  const std::string doing =
      "the token server " + sasl_.token_url.substr(0, sasl_.token_url.find('?'));
  const auto answer = post(ends);
  if (!answer.ok()) return answer.error().prefixed(doing);
  const auto& [status, body] = answer.value();
  if (status != 200) return refusal_of(status, body, sasl_.client_secret).prefixed(doing);
  auto token = parse_token(body, sasl_.client_id, SystemClock().wall());
  if (!token.ok()) return token.error().prefixed(doing);
  return token;
}

}  // namespace slotcast::kafka
