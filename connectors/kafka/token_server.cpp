#include "connectors/kafka/token_server.h"

#include "lib/http/client.h"

namespace slotcast::kafka {
namespace {

constexpr std::size_t kAnswerBytesMax = 1 << 20;

constexpr http::Names kNames{"sasl.token_url", "sasl.token_ca_file", "its own"};

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
    : sasl_(std::move(sasl)), timeout_(timeout) {}

// Id and secret are encoded before they are joined: either may have a colon.
// Source: RFC 6749, 2.3.1 and 4.4.2.
Result<TokenServer::Answer> TokenServer::post(const std::atomic<bool>& ends) const {
  http::Client client;
  Answer answer;
  std::string form = "grant_type=client_credentials";
  if (!sasl_.scope.empty()) form += "&scope=" + client.escaped(sasl_.scope);
  client.begin(sasl_.token_url);
  client.add_header("Accept: application/json");
  client.set_user(client.escaped(sasl_.client_id), client.escaped(sasl_.client_secret));
  client.set_post(form);
  client.take_body(answer.body, kAnswerBytesMax);
  client.heed(ends);
  client.set(CURLOPT_TIMEOUT_MS, http::milliseconds(timeout_));
  if (!sasl_.token_ca_file.empty()) client.set(CURLOPT_CAINFO, sasl_.token_ca_file.c_str());
  if (const auto failure = client.perform()) return http::error_of(*failure, kNames);
  answer.status = client.status();
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
