#pragma once

#include <curl/curl.h>

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/clock.h"
#include "lib/base/ensure.h"
#include "lib/base/result.h"

// Requests by libcurl, one after the other, for whoever speaks a protocol over HTTP.

namespace slotcast::http {

// Why there is no answer.
struct Failure {
  CURLcode code = CURLE_OK;
  std::string what;  // libcurl's words
};

// What the user calls the values that may be wrong.
struct Names {
  const char* url = "";           // "sasl.token_url"
  const char* ca_file = "";       // "sasl.token_ca_file"
  const char* whose = "its own";  // certificates: "the registry's"
};

// Transient when there was no answer; Invalid when the address or a certificate cannot be right;
// Corrupt when the answer is longer than was to be taken.
Error error_of(const Failure& failure, const Names& names);

// What libcurl takes: at least 1, since 0 is no limit.
long milliseconds(Duration duration);

// Threads: one at a time. Connections stay open between requests.
class Client {
 public:
  Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Nothing of the request before holds for the next one.
  void begin(const std::string& url);
  // Texts are copied.
  template <class Value>
  void set(CURLoption option, Value value) {
    ENSURE(curl_easy_setopt(curl_.get(), option, value) == CURLE_OK);
  }
  void add_header(const std::string& line);
  void set_user(const std::string& name, const std::string& password);
  // `body` lives until perform() returns.
  void set_post(std::string_view body);
  // Where the answer's bytes go, at most so many; it lives until perform() returns.
  void take_body(std::string& body, std::size_t bytes_max);
  // Gives up when that becomes true.
  void heed(const std::atomic<bool>& ends);

  // Nothing when there is an answer, whatever it says.
  std::optional<Failure> perform();
  long status() const;

  // As in a form: what is not A-Z a-z 0-9 - . _ ~ becomes %XX.
  std::string escaped(std::string_view text) const;

 private:
  struct Body {
    std::string* text = nullptr;
    std::size_t bytes_max = 0;
  };
  static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* user);

  std::unique_ptr<CURL, void (*)(CURL*)> curl_{nullptr, curl_easy_cleanup};
  std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers_{nullptr, curl_slist_free_all};
  std::array<char, CURL_ERROR_SIZE> detail_{};
  Body body_;
};

}  // namespace slotcast::http
