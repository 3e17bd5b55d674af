#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "connectors/kafka/handle.h"
#include "connectors/kafka/oauth.h"
#include "connectors/kafka/options.h"
#include "connectors/kafka/statistics.h"
#include "connectors/kafka/troubles.h"
#include "lib/base/clock.h"
#include "lib/base/result.h"

namespace slotcast::kafka {

// A message as librdkafka takes it. Views are copied before send() returns.
struct Outgoing {
  rd_kafka_topic_t* topic = nullptr;
  std::uint32_t hash = 0;  // the topic's partitioner takes it modulo the number of partitions
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  struct Header {
    const char* name = "";
    std::optional<std::string_view> value;
  };
  std::vector<Header> headers;
};

// A message that a broker did not take.
struct Undelivered {
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::string topic;
  std::size_t bytes = 0;  // of key, value and headers
};

// librdkafka's producer, idempotent always, transactional if asked. It is never mended: after any
// error but the ones said below it is broken, and its owner makes a new one, whose
// init_transactions() settles what this one left.
// Source: librdkafka, INTRODUCTION.md, "Idempotent Producer" and "Transactional Producer".
//
// Threads: one calls, and serves librdkafka's callbacks while it sends; another, its own, serves
// them at other times.
class Producer {
 public:
  struct Limits {
    std::size_t request_bytes_max = 1'000'000;  // of messages in one batch of librdkafka's
    bool one_by_one = false;                    // each message is a batch of its own
  };

  // Connects to nothing yet. `troubles` must outlive it.
  static Result<std::unique_ptr<Producer>> make(const Options& options,
                                                const std::string& transactional_id,
                                                Troubles& troubles, Limits limits);
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  rd_kafka_t* handle() const { return handle_; }
  // A topic's handle with the partitioner of Outgoing::hash; not asked for at the brokers. All
  // handles of topics have to be made here: the first one decides how partitions are chosen.
  Result<TopicPtr> topic(const std::string& name) const;

  // Until a broker answered. Gives up early when nothing but a person can help.
  Status reach(Duration timeout);
  // Settles the transactions of earlier instances with this transactional id, and fences those that
  // still live.
  Status init_transactions(Duration timeout);
  Status begin();
  // Takes the message into the buffer; waits while that is full. One that is larger than all of it
  // goes alone.
  // Rejected: it is larger than librdkafka's limit.
  Status send(const Outgoing& message);
  // Until every message is acknowledged. Transient: for too long none was.
  Status flush();
  // Ok: all is acknowledged, and visible. Whether it was committed is not known after an error:
  // this producer may have been fenced, by another instance with its transactional id, or since its
  // transaction took too long, which is the same to the brokers.
  Status commit();
  Status abort(Duration timeout);

  // Its owner wants another one.
  void give_up() { is_broken_ = true; }
  bool is_broken() const { return is_broken_; }
  // The first message since begin() that a broker did not take.
  std::optional<Undelivered> undelivered() const;
  // What is known to be wrong with brokers and topics; see Troubles::take().
  std::string take_trouble() { return troubles_.take(); }
  // Without transactions: until the brokers have given the producer its id, which they do for who
  // may write.
  Status await_id(Duration timeout);
  Statistics statistics() const;

 private:
  Producer(const Options& options, std::string transactional_id, Troubles& troubles);
  Error failed(const char* what, ErrorPtr error);
  std::string why(rd_kafka_resp_err_t code, std::string said);
  rd_kafka_resp_err_t produce(const Outgoing& message, std::uint64_t bytes);
  rd_kafka_resp_err_t produce_plain(const Outgoing& message);
  rd_kafka_resp_err_t produce_with_headers(const Outgoing& message);
  void serve();
  void serve_as_sender(int wait_ms);

  static void on_delivery(rd_kafka_t* handle, const rd_kafka_message_t* message, void* self);
  static void on_error(rd_kafka_t* handle, int code, const char* reason, void* self);
  static int on_certificate(rd_kafka_t* handle, const char* broker, std::int32_t id,
                            int* x509_error, int depth, const char* certificate, std::size_t size,
                            char* why, std::size_t why_size, void* self);
  static int on_statistics(rd_kafka_t* handle, char* json, std::size_t size, void* self);
  static void on_line(const rd_kafka_t* handle, int level, const char* facility, const char* line);

  const std::string transactional_id_;
  const std::vector<std::string> brokers_;
  const bool has_certificate_;
  const bool has_tokens_;
  const Duration answer_timeout_;
  const std::uint64_t buffer_bytes_max_;
  Troubles& troubles_;
  rd_kafka_t* handle_ = nullptr;
  std::unique_ptr<TokenGiver> tokens_;  // null: none are needed
  bool is_broken_ = false;
  std::uint64_t sent_ = 0;
  std::atomic<std::uint64_t> buffered_bytes_ = 0;  // that no broker has answered for
  std::atomic<bool> sender_serves_ = false;

  std::atomic<bool> ends_ = false;
  std::condition_variable ending_;
  mutable std::mutex mutex_;
  std::optional<Undelivered> undelivered_;
  std::string certificate_;  // what is wrong with a broker's
  std::string reason_;       // why the transaction was given up
  Statistics statistics_;
  std::condition_variable told_;  // there are statistics, or an error that ends it; once a second
  std::thread server_;
};

// A topic configuration whose partitioner takes Outgoing::hash.
TopicConfPtr make_topic_conf();

}  // namespace slotcast::kafka
