#include "connectors/kafka/token.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace slotcast::kafka {
namespace {

using simdjson::dom::element;

constexpr std::size_t kMessageBytesMax = 300;
// Of a token of which nothing is known.
constexpr double kSecondsUnknown = 300;
// Sooner than any clock ends.
constexpr double kSecondsMax = 10.0 * 365 * 86400;

WallTime after(WallTime now, double life_seconds) {
  const double micros = std::min(life_seconds, kSecondsMax) * 1e6;
  return now + std::chrono::microseconds(static_cast<std::int64_t>(micros));
}

int digit_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-') return 62;
  return c == '_' ? 63 : -1;
}

// Base64url without padding (RFC 7515, 2). Nothing when it is something else.
std::optional<std::string> decode(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int digit = digit_of(c);
    if (digit < 0) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xFF);
  }
  return bytes;
}

std::string text_of(const element& from, const char* key) {
  std::string_view text;
  return from[key].get_string().get(text) == simdjson::SUCCESS ? std::string(text) : "";
}

// Some servers put it in quotes.
std::optional<double> number_of(const element& from, const char* key) {
  double number = 0;
  std::int64_t whole = 0;
  if (from[key].get_double().get(number) == simdjson::SUCCESS && std::isfinite(number)) {
    return number;
  }
  const std::string text = text_of(from, key);
  const auto read = std::from_chars(text.data(), text.data() + text.size(), whole);
  const bool is_all = !text.empty() && read.ptr == text.data() + text.size();
  return read.ec == std::errc() && is_all ? std::optional(static_cast<double>(whole))
                                          : std::nullopt;
}

// What a token says of itself. Nothing when only the brokers can read it.
struct Claims {
  std::string subject;
  std::optional<double> ends_at;  // seconds since 1970, by the server's clock
};

Claims claims_of(std::string_view token) {
  const std::size_t first = token.find('.');
  const std::size_t second = token.find('.', first == token.npos ? first : first + 1);
  if (second == token.npos) return {};
  const auto payload = decode(token.substr(first + 1, second - first - 1));
  simdjson::dom::parser parser;
  element claims;
  if (!payload || parser.parse(*payload).get(claims) != simdjson::SUCCESS) return {};
  return {text_of(claims, "sub"), number_of(claims, "exp")};
}

// The least of what is said. An end that is past where expires_in says that it is to come was
// written by another clock.
std::optional<double> life_of(const element& answer, const Claims& claims, WallTime now) {
  const std::optional<double> said = number_of(answer, "expires_in");
  if (!claims.ends_at) return said;
  const double left =
      *claims.ends_at - std::chrono::duration<double>(now.time_since_epoch()).count();
  if (!said) return left;
  return left > 0 ? std::min(left, *said) : *said;
}

bool is_bearer(std::string type) {
  for (char& c : type) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return type.empty() || type == "bearer";
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

struct Meaning {
  std::string_view error;
  const char* advice;
};

constexpr const char* kClient = "; correct sasl.client_id and sasl.client_secret";
constexpr const char* kGrant =
    "; allow this client the grant client_credentials at the token server";

// Source: RFC 6749, 5.2.
constexpr auto kMeanings = std::to_array<Meaning>({
    {"invalid_client", kClient},
    {"unauthorized_client", kGrant},
    {"unsupported_grant_type", kGrant},
    {"invalid_scope", "; correct sasl.scope"},
});

const char* advice_of(long status, std::string_view error) {
  const auto* const found = std::find_if(kMeanings.begin(), kMeanings.end(),
                                         [&](const Meaning& each) { return each.error == error; });
  if (found != kMeanings.end()) return found->advice;
  if (status == 401 || status == 403) return kClient;
  if (status < 400 || status == 404 || status == 405) return "; correct sasl.token_url";
  return "";
}

// 501 says that the server never will.
bool is_transient(long status) {
  return status == 408 || status == 429 || (status >= 500 && status != 501);
}

}  // namespace

Result<Token> parse_token(std::string_view answer, const std::string& client_id, WallTime now) {
  simdjson::dom::parser parser;
  element root;
  if (parser.parse(answer.data(), answer.size()).get(root) != simdjson::SUCCESS) {
    return corrupt("answers with something else than JSON; is sasl.token_url right?");
  }
  Token token{text_of(root, "access_token"), client_id, {}};
  if (token.value.empty()) {
    return corrupt("answers without an access_token; is sasl.token_url right?");
  }
  if (!is_bearer(text_of(root, "token_type")) || !is_printable(token.value)) {
    return corrupt("answers with a token that is no Bearer token, which Kafka needs");
  }
  const Claims claims = claims_of(token.value);
  if (!claims.subject.empty()) token.principal = claims.subject;
  const double life = life_of(root, claims, now).value_or(kSecondsUnknown);
  if (life <= 0) {
    return transient(
        "gives a token that has ended already; are its clock and this machine's right (NTP)?");
  }
  token.ends_at = after(now, life);
  return token;
}

Error refusal_of(long status, std::string_view answer, std::string_view secret) {
  simdjson::dom::parser parser;
  element root;
  std::string error;
  std::string words;
  if (parser.parse(answer.data(), answer.size()).get(root) == simdjson::SUCCESS) {
    error = text_of(root, "error");
    words = text_of(root, "error_description");
  }
  std::string said = error.empty() ? "" : " " + error;
  if (!words.empty()) said += " (" + words + ")";
  // Before it is cut: a part of a secret is one, too.
  if (!secret.empty() && said.find(secret) != said.npos) said.clear();
  said.resize(std::min(said.size(), kMessageBytesMax));
  const ErrorKind kind = is_transient(status) ? ErrorKind::Transient : ErrorKind::Invalid;
  return {kind, "answers " + std::to_string(status) + said + advice_of(status, error)};
}

}  // namespace slotcast::kafka
