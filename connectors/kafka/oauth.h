#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "connectors/kafka/client.h"
#include "connectors/kafka/handle.h"
#include "connectors/kafka/options.h"
#include "connectors/kafka/token_server.h"

namespace slotcast::kafka {

inline constexpr const char* kOauthMechanism = "OAUTHBEARER";

// SASL's mechanism OAUTHBEARER (RFC 7628): gives a handle of librdkafka a token whenever it asks
// for one, which is before the last one ends, also when nothing is sent. librdkafka can fetch
// tokens by itself only where it was built for that; Debian's was not.
//
// A token that cannot be had is told by librdkafka's error callback, and asked for again: soon when
// the token server may be back, else each ten seconds, so that nobody locks the client out.
//
// Owned beside the handle, and ends before it. Threads: has one of its own.
class TokenGiver {
 public:
  // Null where no tokens are needed. The handle's configuration is set_client()'s.
  static std::unique_ptr<TokenGiver> make(rd_kafka_t* handle, const Options& options);
  ~TokenGiver();
  TokenGiver(const TokenGiver&) = delete;
  TokenGiver& operator=(const TokenGiver&) = delete;

 private:
  TokenGiver(rd_kafka_t* handle, const Options& options);
  void serve();
  Status give();

  rd_kafka_t* const handle_;
  const TokenServer server_;
  const QueuePtr wishes_;
  std::atomic<bool> ends_ = false;
  std::thread thread_;
};

// The part of set_client() that this needs.
void set_oauth(Conf& conf);

// When librdkafka is told that a token ends: it looks each second whether four fifths of that are
// over, and then the new one has still to come.
WallTime told_end(WallTime ends_at, WallTime now);

}  // namespace slotcast::kafka
