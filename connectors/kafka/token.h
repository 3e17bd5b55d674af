#pragma once

#include <string>
#include <string_view>

#include "lib/base/clock.h"
#include "lib/base/result.h"

// What a token server says to who shows a client's id and secret. Pure.
// Source: RFC 6749, 4.4 and 5 (OAuth 2.0, client credentials); RFC 7519 (JSON Web Token).

namespace slotcast::kafka {

struct Token {
  std::string value;      // secret
  std::string principal;  // for librdkafka's words only: brokers read the token themselves
  WallTime ends_at;       // by this machine's clock
};

// Of an answer with status 200 that came at `now`. How long the token lasts is said by expires_in
// or by the token itself, which may also say whose it is; else that is `client_id`. Errors: Corrupt
// when it is no such answer; Transient when the token has ended. None has any of it.
Result<Token> parse_token(std::string_view answer, const std::string& client_id, WallTime now);

// Of any other answer: what a person can do. Transient when asking again may help, else Invalid.
// Nothing the server says is repeated that has `secret` in it.
Error refusal_of(long status, std::string_view answer, std::string_view secret);

}  // namespace slotcast::kafka
