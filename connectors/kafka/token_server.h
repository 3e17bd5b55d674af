#pragma once

#include <atomic>
#include <string>

#include "connectors/kafka/options.h"
#include "connectors/kafka/token.h"
#include "lib/base/clock.h"
#include "lib/base/result.h"

namespace slotcast::kafka {

// What can be said of sasl.token_url without a request: Invalid.
Status check_token_url(const std::string& url);

// Where tokens come from: a request each, by libcurl.
// Threads: any. Errors: Transient when it does not answer, or cannot for now; Invalid when it
// refuses us, or its certificate or address cannot be right; Corrupt when it answers with something
// else. None has the secret or a token.
class TokenServer {
 public:
  // Requires that check_token_url() passed. `timeout` is of a request as a whole.
  TokenServer(SaslOptions sasl, Duration timeout);

  // Gives up when `ends` becomes true.
  Result<Token> fetch(const std::atomic<bool>& ends) const;

 private:
  struct Answer {
    long status = 0;
    std::string body;
  };
  Result<Answer> post(const std::atomic<bool>& ends) const;

  const SaslOptions sasl_;
  const Duration timeout_;
};

}  // namespace slotcast::kafka
