#include "connectors/kafka/producer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "connectors/kafka/client.h"
#include "lib/base/diag.h"
#include "lib/base/thread.h"

namespace slotcast::kafka {
namespace {

using std::chrono::milliseconds;

constexpr int kServeMs = 100;
constexpr int kStatisticsMs = 1000;
// Above any topic's limit, each of which is looked at before a message is sent.
constexpr const char* kMessageBytesMax = "1000000000";
constexpr const char* kQueueMessagesMax = "1000000";
// The most with which librdkafka keeps the order of what it sends again.
constexpr const char* kInFlightMax = "5";
// The buffer is measured here, so that a message larger than all of it passes alone.
constexpr const char* kQueueKilobytesMax = "2147483647";
// Messages between two looks at what was delivered.
constexpr std::uint64_t kServeEvery = 256;
// A broker whose name or certificate is wrong may be one of several.
constexpr auto kLastingPatience = std::chrono::seconds(5);
// What follows a first message does so within microseconds.
constexpr auto kRegisterPatience = milliseconds(20);
constexpr auto kReachStep = milliseconds(250);
constexpr const char* kNoId = "no broker gives the producer an id";

int ms_of(Duration duration) {
  return static_cast<int>(std::chrono::duration_cast<milliseconds>(duration).count());
}

std::int32_t choose_partition(const rd_kafka_topic_t*, const void*, std::size_t,
                              std::int32_t partitions, void*, void* hash) {
  return static_cast<std::int32_t>(reinterpret_cast<std::uintptr_t>(hash) %
                                   static_cast<std::uintptr_t>(partitions));
}

void* opaque_of(std::uint32_t hash) {
  return reinterpret_cast<void*>(static_cast<std::uintptr_t>(hash));
}

std::size_t size_of(const std::optional<std::string_view>& text) {
  return text ? text->size() : 0;
}
const char* data_of(const std::optional<std::string_view>& text) {
  if (!text) return nullptr;
  return text->data() == nullptr ? "" : text->data();
}

std::size_t bytes_of(const rd_kafka_message_t& message) {
  std::size_t bytes = message.len + message.key_len;
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return bytes;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    bytes += std::strlen(name) + size;
  }
  return bytes;
}

bool is_purge(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__PURGE_QUEUE || code == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
}

void set_producer(Conf& conf, const Options& options, const std::string& transactional_id,
                  const Producer::Limits& limits) {
  conf.set("enable.idempotence", "true");
  conf.set("max.in.flight.requests.per.connection", kInFlightMax);
  if (options.transactions) {
    conf.set("transactional.id", transactional_id);
    conf.set("transaction.timeout.ms", std::to_string(ms_of(options.transaction_timeout)));
  }
  conf.set("compression.type", name_of(options.compression));
  conf.set("queue.buffering.max.kbytes", kQueueKilobytesMax);
  conf.set("queue.buffering.max.messages", kQueueMessagesMax);
  conf.set("message.max.bytes", kMessageBytesMax);
  conf.set("batch.size", std::to_string(limits.request_bytes_max));
  if (limits.one_by_one) conf.set("batch.num.messages", "1");
  // Messages without a key would get another partition now and then.
  conf.set("sticky.partitioning.linger.ms", "0");
  conf.set("statistics.interval.ms", std::to_string(kStatisticsMs));
  conf.set("allow.auto.create.topics", "false");
}

}  // namespace

TopicConfPtr make_topic_conf() {
  TopicConfPtr conf(rd_kafka_topic_conf_new());
  rd_kafka_topic_conf_set_partitioner_cb(conf.get(), &choose_partition);
  return conf;
}

Producer::Producer(const Options& options, std::string transactional_id, Troubles& troubles)
    : transactional_id_(std::move(transactional_id)),
      brokers_(options.brokers),
      has_certificate_(!options.tls.certificate_file.empty()),
      has_tokens_(options.sasl.mechanism == kOauthMechanism),
      answer_timeout_(options.answer_timeout),
      buffer_bytes_max_(options.buffer_bytes_max),
      troubles_(troubles) {}

Result<std::unique_ptr<Producer>> Producer::make(const Options& options,
                                                 const std::string& transactional_id,
                                                 Troubles& troubles, Limits limits) {
  std::unique_ptr<Producer> made(new Producer(options, transactional_id, troubles));
  Conf conf;
  set_client(conf, options);
  set_producer(conf, options, transactional_id, limits);  // over the user's own: batch.size
  rd_kafka_conf_set_opaque(conf.get(), made.get());
  rd_kafka_conf_set_dr_msg_cb(conf.get(), &on_delivery);
  rd_kafka_conf_set_error_cb(conf.get(), &on_error);
  rd_kafka_conf_set_stats_cb(conf.get(), &on_statistics);
  rd_kafka_conf_set_log_cb(conf.get(), &on_line);
  rd_kafka_conf_set_ssl_cert_verify_cb(conf.get(), &on_certificate);
  TRY_ASSIGN(made->handle_, std::move(conf).make(RD_KAFKA_PRODUCER));
  made->tokens_ = TokenGiver::make(made->handle_, options);
  made->server_ = std::thread([self = made.get()] {
    name_thread("kafka");
    self->serve();
  });
  return made;
}

Producer::~Producer() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  ending_.notify_one();
  if (server_.joinable()) server_.join();
  if (handle_ == nullptr) return;
  tokens_.reset();
  // librdkafka 2.0.2 ends the process (assertion txn_req_cnt > 0) when it is destroyed at the
  // moment when it sends the coordinator a transaction's partitions, which is right behind their
  // first messages: one thread counts the request that another has just thrown away.
  if (!transactional_id_.empty() && sent_ > 0) std::this_thread::sleep_for(kRegisterPatience);
  // What was not sent is of a transaction that is not committed any more.
  rd_kafka_purge(handle_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_destroy(handle_);
}

// Messages are let go of by the thread that sends, while it does: memory that one thread takes and
// another gives back costs both of them as much as all else that is done for a message.
void Producer::serve() {
  while (!ends_) {
    if (!sender_serves_.exchange(false)) {
      rd_kafka_poll(handle_, kServeMs);
      continue;
    }
    std::unique_lock lock(mutex_);
    ending_.wait_for(lock, milliseconds(kServeMs), [this] { return ends_.load(); });
  }
}

void Producer::serve_as_sender(int wait_ms) {
  sender_serves_ = true;
  rd_kafka_poll(handle_, wait_ms);
}

Result<TopicPtr> Producer::topic(const std::string& name) const {
  TopicPtr topic(rd_kafka_topic_new(handle_, name.c_str(), make_topic_conf().release()));
  if (topic) return topic;
  return invalid("topic " + name + ": " + rd_kafka_err2str(rd_kafka_last_error()));
}

// "Timed out" alone tells nobody that the password is wrong.
std::string Producer::why(rd_kafka_resp_err_t code, std::string said) {
  std::array<char, 512> reason{};
  const auto fatal = rd_kafka_fatal_error(handle_, reason.data(), reason.size());
  if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR) {
    code = fatal;
    said = reason.data();
  }
  const auto lost = undelivered();
  if (lost && !is_vague(lost->code)) {
    return "topic " + lost->topic + ": " + explain_delivery(lost->code);
  }
  if (code == RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED) {
    return "we may not use transactional id " + transactional_id_ + ": grant Write on it";
  }
  const std::string trouble = take_trouble();
  const bool names_none = code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
  if ((is_vague(code) || names_none) && !trouble.empty()) return trouble;
  const std::lock_guard lock(mutex_);
  if (is_vague(code) && !reason_.empty()) said = "the transaction was given up: " + reason_;
  const std::string explained = explain_delivery(code);
  const std::string text = explained == rd_kafka_err2str(code) ? said : explained;
  return trouble.empty() ? text : text + "; " + trouble;
}

Error Producer::failed(const char* what, ErrorPtr error) {
  is_broken_ = true;
  const rd_kafka_resp_err_t code = rd_kafka_error_code(error.get());
  const char* const said = code == RD_KAFKA_RESP_ERR__TIMED_OUT
                               ? "no broker answered in time"
                               : rd_kafka_error_string(error.get());
  const std::string text = std::string(what) + ": " + why(code, said);
  // Only another configuration helps, here or at the brokers.
  const auto fatal = rd_kafka_fatal_error(handle_, nullptr, 0);
  const bool is_final = code == RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT ||
                        fatal == RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT;
  return is_final ? invalid(text) : transient(text);
}

Status Producer::reach(Duration timeout) {
  using std::chrono::steady_clock;
  const SteadyTime begin = steady_clock::now();
  const struct rd_kafka_metadata* raw = nullptr;
  const auto first = std::min<Duration>(timeout, std::chrono::seconds(1));
  const auto code = rd_kafka_metadata(handle_, /*all_topics=*/0, nullptr, &raw, ms_of(first));
  const MetadataPtr metadata(raw);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  while (steady_clock::now() - begin < timeout) {
    // librdkafka asks by itself when it is connected, and remembers the answer.
    char* const cluster = rd_kafka_clusterid(handle_, ms_of(kReachStep));
    if (cluster != nullptr) {
      rd_kafka_mem_free(handle_, cluster);
      return {};
    }
    const auto lasting = troubles_.lasting_since(begin);
    if (lasting && steady_clock::now() - *lasting >= kLastingPatience) break;
  }
  // One that is silent is told of only by this.
  std::string trouble = take_trouble();
  for (const std::string& broker : brokers_) {
    if (trouble.find("broker " + broker + ": ") != trouble.npos) continue;
    trouble += (trouble.empty() ? "" : "; ") + ("broker " + broker + " does not answer");
  }
  return transient("no broker can be used: " + trouble);
}

Status Producer::init_transactions(Duration timeout) {
  ErrorPtr error(rd_kafka_init_transactions(handle_, ms_of(timeout)));
  if (!error) return {};
  return failed("the transactional id was not given to us", std::move(error));
}

Status Producer::begin() {
  {
    const std::lock_guard lock(mutex_);
    undelivered_.reset();
    reason_.clear();
  }
  ErrorPtr error(rd_kafka_begin_transaction(handle_));
  if (!error) return {};
  return failed("a transaction does not begin", std::move(error));
}

// It may be answered for before this returns.
rd_kafka_resp_err_t Producer::produce(const Outgoing& message, std::uint64_t bytes) {
  buffered_bytes_ += bytes;
  const rd_kafka_resp_err_t code =
      message.headers.empty() ? produce_plain(message) : produce_with_headers(message);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) buffered_bytes_ -= bytes;
  return code;
}

rd_kafka_resp_err_t Producer::produce_plain(const Outgoing& message) {
  const int done =
      rd_kafka_produce(message.topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY,
                       const_cast<char*>(data_of(message.value)), size_of(message.value),
                       data_of(message.key), size_of(message.key), opaque_of(message.hash));
  return done == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_last_error();
}

rd_kafka_resp_err_t Producer::produce_with_headers(const Outgoing& message) {
  rd_kafka_headers_t* const headers = rd_kafka_headers_new(message.headers.size());
  for (const Outgoing::Header& header : message.headers) {
    rd_kafka_header_add(headers, header.name, -1, data_of(header.value),
                        static_cast<ssize_t>(size_of(header.value)));
  }
  const rd_kafka_resp_err_t code = rd_kafka_producev(
      handle_, RD_KAFKA_V_RKT(message.topic), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
      RD_KAFKA_V_VALUE(const_cast<char*>(data_of(message.value)), size_of(message.value)),
      RD_KAFKA_V_KEY(data_of(message.key), size_of(message.key)),
      RD_KAFKA_V_OPAQUE(opaque_of(message.hash)), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_headers_destroy(headers);
  return code;
}

Status Producer::send(const Outgoing& message) {
  if (++sent_ % kServeEvery == 0) serve_as_sender(0);
  const std::uint64_t bytes = size_of(message.value) + size_of(message.key);
  SteadyTime end{};
  while (true) {
    const std::uint64_t in_buffer = buffered_bytes_;
    // Once it is full, it is worth waiting for more than a moment.
    const bool was_full = end != SteadyTime();
    const std::uint64_t wanted = was_full ? buffer_bytes_max_ / 4 * 3 : buffer_bytes_max_;
    const bool has_room = in_buffer == 0 || in_buffer + bytes <= wanted;
    const rd_kafka_resp_err_t code =
        has_room ? produce(message, bytes) : RD_KAFKA_RESP_ERR__QUEUE_FULL;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
      return rejected("a message of " + std::to_string(size_of(message.value)) +
                      " bytes is too large for librdkafka");
    }
    const bool is_full = code == RD_KAFKA_RESP_ERR__QUEUE_FULL;
    const SteadyTime now = std::chrono::steady_clock::now();
    if (end == SteadyTime()) end = now + answer_timeout_;
    if (is_full && now < end) {
      serve_as_sender(1);
      continue;
    }
    is_broken_ = true;
    if (is_full) return transient(why(RD_KAFKA_RESP_ERR__TIMED_OUT, "the brokers take nothing"));
    return transient(why(code, rd_kafka_err2str(code)));
  }
}

// A topic that was deleted, say, is waited for by librdkafka until the transaction's time is over.
Status Producer::flush() {
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
  int left = 0;
  do {
    sender_serves_ = true;
    left = rd_kafka_outq_len(handle_);
    code = rd_kafka_flush(handle_, ms_of(answer_timeout_));
  } while (code == RD_KAFKA_RESP_ERR__TIMED_OUT && rd_kafka_outq_len(handle_) < left);
  const auto lost = undelivered();
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR && !lost) return {};
  is_broken_ = true;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(answer_timeout_).count();
  return transient(why(lost ? lost->code : code,
                       "no message was acknowledged for " + std::to_string(seconds) + " s"));
}

// librdkafka would wait as long as the brokers are away, and nobody would be told. What it does not
// get done in this time the next producer settles.
Status Producer::commit() {
  TRY(flush());
  ErrorPtr error(rd_kafka_commit_transaction(handle_, ms_of(answer_timeout_)));
  if (!error) {
    troubles_.clear();
    return {};
  }
  return failed("the transaction is not committed", std::move(error));
}

// librdkafka 2.0.2 ends the process (assertion txn_req_cnt > 0) when the coordinator's answer about
// a new partition comes after the transaction was given up and the next begun: it is waited for.
Status Producer::abort(Duration timeout) {
  sender_serves_ = true;
  if (const auto code = rd_kafka_flush(handle_, ms_of(timeout / 2)); code != 0) {
    is_broken_ = true;
    return transient(why(code, "a transaction cannot be given up: no broker answers"));
  }
  ErrorPtr error(rd_kafka_abort_transaction(handle_, ms_of(timeout / 2)));
  if (!error) return {};
  return failed("the transaction is not aborted", std::move(error));
}

std::optional<Undelivered> Producer::undelivered() const {
  const std::lock_guard lock(mutex_);
  return undelivered_;
}

Status Producer::await_id(Duration timeout) {
  const SteadyTime end = std::chrono::steady_clock::now() + timeout;
  std::unique_lock lock(mutex_);
  auto code = RD_KAFKA_RESP_ERR_NO_ERROR;
  while (!statistics_.has_id && code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (told_.wait_until(lock, end) == std::cv_status::timeout) code = RD_KAFKA_RESP_ERR__TIMED_OUT;
    const auto fatal = rd_kafka_fatal_error(handle_, nullptr, 0);
    if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR) code = fatal;
  }
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  lock.unlock();
  return transient(why(code, kNoId));
}

Statistics Producer::statistics() const {
  const std::lock_guard lock(mutex_);
  return statistics_;
}

void Producer::on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
  auto& producer = *static_cast<Producer*>(self);
  producer.buffered_bytes_ -= message->len + message->key_len;
  rd_kafka_resp_err_t code = message->err;
  // A broker takes any first sequence number in a partition that is new to it: it may refuse one
  // request for a moment, take the next, and never take the first one again (KAFKA-15591).
  // librdkafka believes then that it has both, but knows of no offset.
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR && message->offset < 0) {
    code = RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER;
  }
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const std::lock_guard lock(producer.mutex_);
  // What is purged follows from something else.
  if (producer.undelivered_ && (is_purge(code) || !is_purge(producer.undelivered_->code))) return;
  producer.undelivered_ = Undelivered{code, rd_kafka_topic_name(message->rkt), bytes_of(*message)};
}

void Producer::on_error(rd_kafka_t*, int code, const char* reason, void* self) {
  auto& producer = *static_cast<Producer*>(self);
  const auto error = static_cast<rd_kafka_resp_err_t>(code);
  if (error == RD_KAFKA_RESP_ERR__FATAL) producer.told_.notify_all();
  // The first follows from others, the second is the result of the next call.
  if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || error == RD_KAFKA_RESP_ERR__FATAL) return;
  Known known{
      {}, producer.troubles_.were_cleared(), producer.has_certificate_, producer.has_tokens_};
  {
    const std::lock_guard lock(producer.mutex_);
    known.certificate = producer.certificate_;
  }
  producer.troubles_.note(explain(error, reason, known));
}

// librdkafka says of all that is wrong with a certificate that it could not be verified.
int Producer::on_certificate(rd_kafka_t*, const char*, std::int32_t, int* x509_error, int,
                             const char*, std::size_t, char* why, std::size_t why_size,
                             void* self) {
  if (*x509_error == 0) return 1;
  auto& producer = *static_cast<Producer*>(self);
  const std::lock_guard lock(producer.mutex_);
  producer.certificate_ = explain_certificate(*x509_error);
  const std::size_t size = producer.certificate_.copy(why, why_size - 1);
  why[size] = '\0';
  return 0;
}

int Producer::on_statistics(rd_kafka_t*, char* json, std::size_t size, void* self) {
  auto& producer = *static_cast<Producer*>(self);
  Statistics read;
  read_statistics({json, size}, read);
  const std::lock_guard lock(producer.mutex_);
  producer.statistics_ = read;
  producer.told_.notify_all();
  return 0;  // the text stays librdkafka's
}

void Producer::on_line(const rd_kafka_t* handle, int level, const char* facility,
                       const char* line) {
  // What matters of it comes with the results of calls, or to on_error().
  auto* const producer = static_cast<Producer*>(rd_kafka_opaque(handle));
  if (const auto trouble = explain_line(facility, line)) producer->troubles_.note(*trouble);
  if (const std::string reason = reason_of_line(facility, line); !reason.empty()) {
    const std::lock_guard lock(producer->mutex_);
    producer->reason_ = reason;
  }
  diag::debug(producer->troubles_.part(), line,
              {{"librdkafka", facility}, {"level", std::to_string(level)}});
}

}  // namespace slotcast::kafka
