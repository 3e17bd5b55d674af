#include "connectors/kafka/oauth.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "lib/base/backoff.h"
#include "lib/base/ensure.h"
#include "lib/base/random.h"
#include "lib/base/thread.h"

namespace slotcast::kafka {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kIdle = seconds(1);
constexpr Duration kMarginMax = seconds(30);

}  // namespace

void set_oauth(Conf& conf) {
  conf.set("sasl.mechanisms", kOauthMechanism);
  // A queue of its own: the others may be served by who waits for a token.
  rd_kafka_conf_enable_sasl_queue(conf.get(), 1);
}

WallTime told_end(WallTime ends_at, WallTime now) {
  const Duration margin = std::min<Duration>((ends_at - now) / 4, kMarginMax);
  return ends_at - std::chrono::duration_cast<WallTime::duration>(margin);
}

std::unique_ptr<TokenGiver> TokenGiver::make(rd_kafka_t* handle, const Options& options) {
  if (options.sasl.mechanism != kOauthMechanism) return nullptr;
  return std::unique_ptr<TokenGiver>(new TokenGiver(handle, options));
}

// Whoever waits for the brokers shall hear from the token server within that time.
TokenGiver::TokenGiver(rd_kafka_t* handle, const Options& options)
    : handle_(handle),
      server_(options.sasl, options.answer_timeout / 2),
      wishes_(rd_kafka_queue_get_sasl(handle)) {
  ENSURE(wishes_ != nullptr);
  thread_ = std::thread([this] {
    name_thread("kafka-token");
    serve();
  });
}

TokenGiver::~TokenGiver() {
  ends_ = true;
  rd_kafka_queue_yield(wishes_.get());
  thread_.join();
}

void TokenGiver::serve() {
  const SystemClock clock;
  SystemRandom random;
  Backoff backoff({milliseconds(500), seconds(10)});
  SteadyTime again = SteadyTime::max();  // when to ask unbidden
  while (!ends_) {
    const Duration left = std::clamp<Duration>(again - clock.now(), Duration::zero(), kIdle);
    const auto wait = std::chrono::ceil<milliseconds>(left);
    const EventPtr wish(rd_kafka_queue_poll(wishes_.get(), static_cast<int>(wait.count())));
    if (ends_) return;
    if (!wish && clock.now() < again) continue;
    again = SteadyTime::max();
    const Status given = give();
    if (given.ok()) {
      backoff.reset();
    } else if (given.error().kind == ErrorKind::Transient) {
      again = clock.now() + backoff.next(random);
    }
  }
}

// Why librdkafka does not take a token is not asked: it would repeat the token.
Status TokenGiver::give() {
  const auto fetched = server_.fetch(ends_);
  if (ends_) return {};
  if (!fetched.ok()) {
    rd_kafka_oauthbearer_set_token_failure(handle_, fetched.error().what.c_str());
    return fetched.error();
  }
  const Token& token = fetched.value();
  const WallTime end = told_end(token.ends_at, SystemClock().wall());
  const auto since_1970 = std::chrono::duration_cast<milliseconds>(end.time_since_epoch());
  std::array<char, 512> ignored{};
  const auto code = rd_kafka_oauthbearer_set_token(handle_, token.value.c_str(), since_1970.count(),
                                                   token.principal.c_str(), nullptr, 0,
                                                   ignored.data(), ignored.size());
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  const Error error =
      transient(std::string("librdkafka does not take the token: ") + rd_kafka_err2str(code));
  rd_kafka_oauthbearer_set_token_failure(handle_, error.what.c_str());
  return error;
}

}  // namespace slotcast::kafka
