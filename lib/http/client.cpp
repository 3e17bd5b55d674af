#include "lib/http/client.h"

#include <algorithm>
#include <chrono>

namespace slotcast::http {
namespace {

// libcurl calls it each second, and as bytes come.
int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return *static_cast<const std::atomic<bool>*>(user) ? 1 : 0;
}

}  // namespace

Error error_of(const Failure& failure, const Names& names) {
  const std::string& what = failure.what;
  switch (failure.code) {
    case CURLE_PEER_FAILED_VERIFICATION:
      return invalid(what + "; name the certificates that sign " + names.whose + " in " +
                     names.ca_file);
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
      return transient(what + "; look whether " + names.url +
                       " is right and can be reached from here");
    case CURLE_SSL_CACERT_BADFILE:
      return invalid(what + "; correct " + names.ca_file);
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return invalid(what + "; correct " + names.url);
    case CURLE_WRITE_ERROR:
      return corrupt("the answer is longer than any that is expected; is " +
                     std::string(names.url) + " right?");
    default:
      return transient(what);
  }
}

long milliseconds(Duration duration) {
  const auto count = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  return std::max(1L, static_cast<long>(count));
}

Client::Client() {
  static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
  ENSURE(once == CURLE_OK);
  curl_.reset(curl_easy_init());
  ENSURE(curl_ != nullptr);
}

void Client::begin(const std::string& url) {
  curl_easy_reset(curl_.get());
  headers_.reset();
  detail_[0] = '\0';
  set(CURLOPT_ERRORBUFFER, detail_.data());
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_NOSIGNAL, 1L);
}

void Client::add_header(const std::string& line) {
  // What was there is the beginning of the longer one.
  headers_.reset(curl_slist_append(headers_.release(), line.c_str()));
  ENSURE(headers_ != nullptr);
}

void Client::set_user(const std::string& name, const std::string& password) {
  set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
  set(CURLOPT_USERNAME, name.c_str());
  set(CURLOPT_PASSWORD, password.c_str());
}

void Client::set_post(std::string_view body) {
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  set(CURLOPT_POSTFIELDS, body.data());
}

void Client::take_body(std::string& body, std::size_t bytes_max) {
  body_ = {&body, bytes_max};
  set(CURLOPT_WRITEFUNCTION, &Client::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&body_));
}

std::size_t Client::on_body(char* bytes, std::size_t size, std::size_t count, void* user) {
  const Body& body = *static_cast<Body*>(user);
  if (body.text->size() + size * count > body.bytes_max) return 0;
  body.text->append(bytes, size * count);
  return size * count;
}

void Client::heed(const std::atomic<bool>& ends) {
  set(CURLOPT_XFERINFOFUNCTION, on_progress);
  set(CURLOPT_XFERINFODATA, static_cast<const void*>(&ends));
  set(CURLOPT_NOPROGRESS, 0L);
}

std::optional<Failure> Client::perform() {
  set(CURLOPT_HTTPHEADER, headers_.get());
  const CURLcode code = curl_easy_perform(curl_.get());
  if (code == CURLE_OK) return std::nullopt;
  return Failure{code, detail_[0] != '\0' ? detail_.data() : curl_easy_strerror(code)};
}

long Client::status() const {
  long status = 0;
  curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
  return status;
}

std::string Client::escaped(std::string_view text) const {
  if (text.empty()) return {};  // libcurl would look for its end
  const std::unique_ptr<char, void (*)(void*)> made(
      curl_easy_escape(curl_.get(), text.data(), static_cast<int>(text.size())), curl_free);
  ENSURE(made != nullptr);
  return made.get();
}

}  // namespace slotcast::http
