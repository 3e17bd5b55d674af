#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/stage/s3/settings.h"
#include "lib/base/result.h"

// One request after the other by libcurl. Connections stay open between them.

namespace slotcast::stage::s3 {

struct Credentials;

struct Request {
  std::string method = "GET";
  std::string url;                   // parameters sorted by name, each with its '='
  std::vector<std::string> headers;  // "name: value", every value there
  std::string_view body;             // lives until send() returns
  // Signed for this region when both are set.
  const Credentials* credentials = nullptr;
  std::string region;
  bool may_last = false;       // the server may think for minutes before it answers
  bool is_link_local = false;  // a service of the machine itself: no proxy, and answers at once
};

struct Response {
  long status = 0;
  std::map<std::string, std::string> headers;  // by name in lower case
  std::string body;
  // More than 1: a connection that was kept turned out to be lost, and the request went again by
  // another; the server may have acted each time.
  int sent = 0;

  // "" when there is none.
  const std::string& header(const std::string& name) const;
};

// Threads: one at a time.
class Http {
 public:
  explicit Http(const Settings& settings);
  ~Http();
  Http(const Http&) = delete;
  Http& operator=(const Http&) = delete;

  // Whatever the server answers is a Response. Transient when it does not, so that nobody knows
  // whether it acted; Invalid when its certificate or the address cannot be right.
  Result<Response> send(const Request& request);

 private:
  struct Handle;
  struct Timeouts {
    long connect_milliseconds = 0;
    long stall_seconds = 0;
    long request_milliseconds = 0;
  };

  Timeouts timeouts_;
  std::string ca_file_;
  std::unique_ptr<Handle> handle_;
};

}  // namespace slotcast::stage::s3
