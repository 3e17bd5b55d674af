// Goal: a handle of librdkafka always has a token that has not ended, and what is wrong with
// getting one is told. Without brokers: whether they take a token, tests/system/kafka_oauth.py
// tells.

#include "connectors/kafka/oauth.h"

#include <catch2/catch.hpp>
#include <mutex>

#include "connectors/kafka/client_check.h"
#include "connectors/kafka/producer.h"
#include "tests/support/http_server.h"

using namespace slotcast;
using namespace slotcast::kafka;
using slotcast::test::http_reply;
using slotcast::test::HttpReply;
using slotcast::test::HttpRequest;
using slotcast::test::HttpServer;

namespace {

using std::chrono::seconds;

// Answers by the number of the request, from 1.
class Tokens {
 public:
  explicit Tokens(std::function<HttpReply(int)> answer)
      : answer_(std::move(answer)), server_([this](const HttpRequest&) {
          const std::lock_guard lock(mutex_);
          return answer_(++asked_);
        }) {}

  Options options() const {
    Options options;
    options.brokers = {"127.0.0.1:1"};  // nobody is there
    options.sasl.mechanism = "OAUTHBEARER";
    options.sasl.token_url = server_.url();
    options.sasl.client_id = "client";
    options.sasl.client_secret = "canary";
    return options;
  }
  int asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  void wait_for(int count) {
    while (asked() < count) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }

 private:
  std::mutex mutex_;
  int asked_ = 0;
  const std::function<HttpReply(int)> answer_;
  const HttpServer server_;
};

HttpReply token_for(int seconds) {
  return http_reply(200, R"({"access_token":"x","expires_in":)" + std::to_string(seconds) + "}");
}

class Client {
 public:
  explicit Client(const Options& options) {
    auto made = Producer::make(options, "id", troubles_, {});
    REQUIRE(made.ok());
    producer_ = std::move(made).value();
  }
  std::string next_trouble() {
    while (true) {
      const std::string trouble = troubles_.take();
      if (trouble.find("token") != std::string::npos) return trouble;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

 private:
  Troubles troubles_{"test"};
  std::unique_ptr<Producer> producer_;
};

}  // namespace

TEST_CASE("kafka oauth: librdkafka hears of an end before the token's own", "[kafka][oauth]") {
  const WallTime now{seconds(1'000'000)};
  CHECK(told_end(now + seconds(4), now) == now + seconds(3));
  CHECK(told_end(now + seconds(3600), now) == now + seconds(3570));
}

TEST_CASE("kafka oauth: an idle producer has its token renewed", "[kafka][oauth]") {
  Tokens tokens([](int) { return token_for(2); });
  const Client client(tokens.options());
  tokens.wait_for(3);
}

TEST_CASE("kafka oauth: a server that is away for a while is asked again", "[kafka][oauth]") {
  Tokens tokens([](int number) { return number < 4 ? http_reply(503, "") : token_for(3600); });
  Client client(tokens.options());
  const std::string trouble = client.next_trouble();
  INFO(trouble);
  CHECK(trouble.find("answers 503") != std::string::npos);
  tokens.wait_for(4);
}

TEST_CASE("kafka oauth: a refusal is told", "[kafka][oauth]") {
  Tokens tokens([](int) { return http_reply(401, R"({"error":"invalid_client"})"); });
  Client client(tokens.options());
  const std::string trouble = client.next_trouble();
  INFO(trouble);
  CHECK(trouble.find("answers 401 invalid_client; correct sasl.client_id") != std::string::npos);
  CHECK(trouble.find("canary") == std::string::npos);
}

TEST_CASE("kafka oauth: a producer ends while the token server is silent", "[kafka][oauth]") {
  Tokens tokens([](int) { return HttpReply{"", HttpReply::Then::Stall}; });
  Options options = tokens.options();
  options.answer_timeout = std::chrono::hours(1);
  const Client client(options);
  tokens.wait_for(1);
}

TEST_CASE("kafka oauth: a check asks no token server", "[kafka][oauth]") {
  Tokens tokens([](int) { return token_for(3600); });
  CHECK(check_client(tokens.options()).empty());
  CHECK(tokens.asked() == 0);
}
