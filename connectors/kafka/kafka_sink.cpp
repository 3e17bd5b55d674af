#include "connectors/kafka/kafka_sink.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "connectors/kafka/format/message_prefix.h"
#include "connectors/kafka/names.h"
#include "lib/base/diag.h"
#include "lib/base/ensure.h"

namespace slotcast::kafka {
namespace {

constexpr std::uint64_t kRequestBytesMin = 1;
constexpr std::uint64_t kClockRows = 16;
constexpr std::size_t kClockBytes = 64 << 10;
// Who closes wants to end; what is not aborted then the next open() settles.
constexpr auto kCloseTimeout = std::chrono::seconds(5);

std::string digits_of(std::uint64_t value) {
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(value));
  return digits.data();
}

// For people who look for who it is, and never the same twice.
std::string make_instance(Random& random) {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return std::string(host.data()) + ":" + std::to_string(::getpid()) + ":" +
         digits_of(random.next());
}

// The user's own, or ours.
std::uint64_t request_bytes_wanted(const Options& options) {
  std::uint64_t bytes = Producer::Limits().request_bytes_max;
  const auto own = options.properties.find("batch.size");
  if (own == options.properties.end()) return bytes;
  const std::string& text = own->second;
  std::from_chars(text.data(), text.data() + text.size(), bytes);
  return bytes;
}

std::string place_of(const ChangeId& id) {
  return to_string(id.commit_lsn) + " change " + std::to_string(id.ordinal);
}

}  // namespace

KafkaSink::KafkaSink(Options options, sink::Environment environment, Formats formats)
    : options_(std::move(options)),
      environment_(std::move(environment)),
      instance_(make_instance(*environment_.random)),
      ids_(std::move(formats.ids)),
      encoder_(std::move(formats.encoder)),
      progress_(options_, progress_topic_of(options_, environment_.pipeline, environment_.sink),
                environment_.pipeline + "/" + environment_.sink, "sink " + environment_.sink),
      troubles_("sink " + environment_.sink),
      topics_(options_, environment_),
      judge_(topics_, std::move(formats.trial), options_, *environment_.clock, done_.part),
      outbox_(options_) {}

// Without a word to the brokers: as a process that is killed.
KafkaSink::~KafkaSink() {
  topics_.end();
}

bool KafkaSink::takes_message(std::string_view prefix) const {
  return is_wanted(options_.format.messages, prefix);
}

Status KafkaSink::open() {
  if (is_usable()) return {};
  learn_from_failure();
  TRY(replace_producer());
  const Status connected = connect();
  if (connected.ok()) return {};
  const Error error = with_trouble(connected.error());
  drop_producer();  // one that is half open would be taken for an open one
  return error;
}

Status KafkaSink::connect() {
  TRY(producer_->reach(options_.answer_timeout));
  if (!options_.transactions) return {};
  TRY(progress_.ensure(*producer_));
  TRY(refuse_when_taken_over());
  TRY(producer_->init_transactions(options_.answer_timeout));
  owner_ = instance_ + ":" + std::to_string(++producers_);
  // A name of ours of which we have not heard says nothing of what was there before.
  const std::string own = has_owned_ ? std::string() : instance_ + ":";
  TRY_ASSIGN(done_, progress_.take_over(*producer_, owner_, own));
  has_owned_ = true;
  return {};
}

// What a question to the brokers is answered by librdkafka says only that nobody did.
Error KafkaSink::with_trouble(const Error& error) {
  if (error.kind != ErrorKind::Transient) return error;
  const std::string trouble = troubles_.take();
  if (trouble.empty() || error.what.find(trouble) != error.what.npos) return error;
  return transient(error.what + "; " + trouble);
}

void KafkaSink::drop_producer() {
  topics_.end();  // its handles go first
  if (producer_) meter_.note_lost(*producer_, batch_.in_transaction);
  producer_.reset();
  prepared_.clear();
  forget_batch();
}

void KafkaSink::forget_batch() {
  batch_ = {};
  encoder_->reset();
  judge_.begin_batch();
}

Status KafkaSink::replace_producer() {
  drop_producer();
  limits_.request_bytes_max = std::clamp<std::uint64_t>(topics_.batch_bytes_max(), kRequestBytesMin,
                                                        request_bytes_wanted(options_));
  const std::string id = transactional_id_of(options_, environment_.pipeline, environment_.sink);
  TRY_ASSIGN(producer_, Producer::make(options_, id, troubles_, limits_));
  meter_.note_producer();
  topics_.begin(*producer_);
  return {};
}

// Who was cut off from the brokers may not have heard that another one has taken over, and would
// take the sink back. Nor do brokers say it plainly: to them an instance whose transaction took too
// long is the same as one that was replaced. But the other one leaves its name.
Status KafkaSink::refuse_when_taken_over() {
  if (!has_owned_) return {};
  TRY_ASSIGN(const Progress seen, progress_.read());
  // It may be the name of a producer of ours of which we have not heard. Nobody's: the topic was
  // deleted, and is there anew.
  if (seen.owner.empty() || seen.owner.starts_with(instance_ + ":")) return {};
  has_owned_ = false;  // whoever resumes the sink here takes it back
  return invalid("another slotcast delivers to this sink now (" + seen.owner + " in topic " +
                 progress_.name() +
                 "): two must not have the same name and sink; stop the other one, and "
                 "`sink resume` goes on here, from where this one was");
}

// A topic's limit may have been lowered meanwhile; one that does not say its limit shows it.
void KafkaSink::learn_from_failure() {
  if (!producer_) return;
  const auto lost = producer_->undelivered();
  if (!lost || lost->code != RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) return;
  topics_.look_again(lost->topic, Duration::zero());
  if (topics_.batch_bytes_max() < limits_.request_bytes_max) return;
  if (limits_.one_by_one) {
    topics_.note_too_large(lost->topic, lost->bytes);
    return;
  }
  limits_.one_by_one = true;
  diag::warning(troubles_.part(),
                "a topic refuses batches and does not say how large they may be: "
                "messages are sent one by one, slowly; grant DescribeConfigs on it",
                {{"topic", lost->topic}});
}

Result<std::uint64_t> KafkaSink::write(sink::Rows rows) {
  if (!is_usable()) return transient("the producer is lost");
  const WallTime now = environment_.clock->wall();
  std::uint64_t grown = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Change* const next = i + 1 < rows.size() ? rows[i + 1].change : nullptr;
    TRY(write_row(rows[i], next, now, grown));
  }
  return grown;
}

Status KafkaSink::write_row(const sink::Row& row, const Change* next, WallTime now,
                            std::uint64_t& grown) {
  const Change& change = *row.change;
  const auto found = topics_.way_for(row);
  if (!found.ok()) return with_trouble(found.error());
  const Way* const way = found.value();
  if (topics_.batch_bytes_max() < limits_.request_bytes_max) {
    producer_->give_up();
    return transient("topic " + way->topic->name +
                     " takes smaller batches than others: all are made smaller");
  }
  messages_.clear();
  const Status encoded =
      encoder_->encode({&change, &way->topic->name, way->key, next}, now, messages_);
  if (!encoded.ok()) return refused(row, encoded.error());
  const bool is_elsewhere = is_of_another_place(change);
  const bool was_checked =
      !is_elsewhere && is_in_part(batch_.rows + 1) && done_.part->left_out.has_value();
  if (!was_checked) TRY(check(row, *way));
  if (is_elsewhere) forget_part(change);
  if (batch_.rows == 0) batch_.first = change.id;
  if (change.id.commit_lsn != batch_.last.commit_lsn) TRY(begin_source_transaction());
  ++batch_.rows;
  batch_.last = change.id;
  grown += messages_.buffer().size();
  TRY_ASSIGN(const bool is_there, was_committed_ahead(change));
  if (is_there) return {};
  TRY(begin_transaction());
  TRY(send(row, *way));
  return commit_part_when_due();
}

// Such a row is rare, and the judge need not look at each before one came.
Error KafkaSink::refused(const sink::Row& row, const sink::Refusal& refusal) {
  judge_.note(row, refusal);
  const Change& change = *row.change;
  const bool is_message = change.operation == Operation::Message;
  return rejected(place_of(change.id) + " of " +
                  (is_message ? "a message" : change.relation->full_name()) + ": " +
                  refusal.message);
}

Error KafkaSink::refused(const sink::Row& row, const Error& error) {
  return error.kind == ErrorKind::Rejected ? refused(row, refusal_of_row(error.what)) : error;
}

void KafkaSink::begin_letters() {
  batch_.is_of_letters = true;
  judge_.begin_letters();
}

// Whether the row of that number in the batch was committed ahead.
bool KafkaSink::is_in_part(std::uint64_t row) const {
  return done_.part && !batch_.is_of_letters && row <= done_.part->rows;
}

// A sink that was set elsewhere meanwhile, by `sink rewind` say, does not come by the rows that
// were committed ahead. Where it goes on behind its last batch with other rows than before, that is
// not so: then their number tells.
bool KafkaSink::is_of_another_place(const Change& change) const {
  if (batch_.rows > 0 || batch_.is_of_letters || !done_.part) return false;
  const Part& part = *done_.part;
  if (part.first ? *part.first == change.id : !environment_.ids_rise) return false;
  return change.id <= done_.last || part.last < change.id;
}

void KafkaSink::forget_part(const Change& change) {
  diag::warning(troubles_.part(), "rows that were delivered ahead are sent again where they come",
                {{"rows", std::to_string(done_.part->rows)},
                 {"through", place_of(done_.part->last)},
                 {"now_at", place_of(change.id)}});
  done_.part.reset();
}

// The rows that were committed ahead come again in the same order, since they come from the same
// place of the log by the same routes.
Result<bool> KafkaSink::was_committed_ahead(const Change& change) {
  if (!is_in_part(batch_.rows)) return false;
  if (batch_.rows < done_.part->rows || change.id == done_.part->last) return true;
  return invalid("topic " + progress_.name() + " says that the next " +
                 std::to_string(done_.part->rows) + " rows, through " + place_of(done_.part->last) +
                 ", are there already, but now the last of them is " + place_of(change.id) +
                 ": start once with the configuration of before, and the topics' limits");
}

Status KafkaSink::begin_transaction() {
  if (batch_.in_transaction) return {};
  if (options_.transactions) TRY(producer_->begin());
  batch_.in_transaction = true;
  batch_.began = batch_.source_began = environment_.clock->now();
  batch_.source_bytes = 0;
  return {};
}

// Between two transactions of the source a part costs nobody anything.
Status KafkaSink::begin_source_transaction() {
  batch_.source_bytes = 0;
  if (!batch_.in_transaction || !may_be_in_parts()) return {};
  batch_.source_began = environment_.clock->now();
  const bool is_old = batch_.source_began - batch_.began >= options_.transaction_timeout / 4;
  return is_old ? commit_part() : Status();
}

// All messages of a row go, or none: each is looked at before the first is sent, and before the row
// counts, so that it does not count either when its batch comes again.
Status KafkaSink::check(const sink::Row& row, const Way& way) {
  for (const Messages::Message& message : messages_.list()) {
    if (message.topic == Messages::Topic::Transactions) continue;
    const auto outgoing = outbox_.address(*row.change, way, messages_, message);
    if (!outgoing.ok()) return refused(row, outgoing.error());
    auto why = too_large(*outgoing.value(), *way.topic);
    if (why && topics_.look_again(way.topic->name)) why = too_large(*outgoing.value(), *way.topic);
    if (why) return refused(row, refusal_of_size(*why));
  }
  return {};
}

Status KafkaSink::send(const sink::Row& row, const Way& way) {
  if (messages_.list().size() == 1) return send(outbox_.last());  // check() has addressed it
  for (const Messages::Message& message : messages_.list()) {
    if (message.topic == Messages::Topic::Transactions) {
      TRY(send_boundary(message));
      continue;
    }
    TRY_ASSIGN(const Outgoing* const outgoing,
               outbox_.address(*row.change, way, messages_, message));
    TRY(send(*outgoing));
  }
  return {};
}

Status KafkaSink::send_boundary(const Messages::Message& message) {
  TRY_ASSIGN(const Topic* const topic, topics_.transactions());
  return send(outbox_.address(*topic, messages_, message));
}

Status KafkaSink::send(const Outgoing& message) {
  batch_.source_bytes += bytes_of(message);
  return producer_->send(message);
}

bool KafkaSink::may_be_in_parts() const {
  return options_.transactions && !batch_.is_of_letters;
}

// The brokers give up what takes too long, and then nothing of it would ever be through. The clock
// costs as much as a short column, and is looked at in time all the same.
bool KafkaSink::source_takes_long() {
  const bool looks = batch_.rows % kClockRows == 0 || messages_.buffer().size() >= kClockBytes;
  return looks &&
         environment_.clock->now() - batch_.source_began >= options_.transaction_timeout / 2;
}

Status KafkaSink::commit_part_when_due() {
  if (!may_be_in_parts()) return {};
  const bool is_large = batch_.source_bytes >= options_.transaction_bytes_max;
  return is_large || source_takes_long() ? commit_part() : Status();
}

Status KafkaSink::commit_part() {
  Progress progress = done_;
  progress.part = Part{batch_.rows, batch_.last, batch_.first, judge_.left_out()};
  TRY(progress_.write(*producer_, progress));
  TRY(producer_->commit());
  meter_.note_committed();
  done_.part = progress.part;
  batch_.in_transaction = false;
  return {};
}

// What a format says when no more rows come.
Status KafkaSink::finish_messages() {
  if (is_in_part(batch_.rows + 1)) return {};  // the part has the end as well
  messages_.clear();
  TRY(encoder_->finish(environment_.clock->wall(), messages_));
  for (const Messages::Message& message : messages_.list()) {
    ENSURE(message.topic == Messages::Topic::Transactions);
    TRY(send_boundary(message));
  }
  return {};
}

Result<sink::Token> KafkaSink::prepare() {
  if (!is_usable()) return transient("the producer is lost");
  TRY(begin_transaction());
  TRY(finish_messages());
  const sink::Token token =
      "kafka 1 " + digits_of(environment_.random->next()) + digits_of(environment_.random->next());
  prepared_progress_ = {token, batch_.last, {}, owner_, false};
  if (batch_.is_of_letters) {
    prepared_progress_.last = done_.last;
    prepared_progress_.part = done_.part;
  } else if (is_in_part(batch_.rows + 1)) {
    // It ends earlier than the one whose rows were committed ahead.
    prepared_progress_.part =
        Part{done_.part->rows - batch_.rows, done_.part->last, {}, done_.part->left_out};
  }
  if (options_.transactions) TRY(progress_.write(*producer_, prepared_progress_));
  TRY(producer_->flush());
  prepared_ = token;
  return token;
}

Result<sink::Recovered> KafkaSink::commit(const sink::Token& token) {
  // What was acknowledged is all there is.
  if (!options_.transactions) {
    forget_batch();
    return sink::Recovered::Done;
  }
  if (token == prepared_ && is_usable()) {
    TRY(producer_->commit());
    meter_.note_committed();
    done_ = prepared_progress_;
    prepared_.clear();
    forget_batch();
    return sink::Recovered::Done;
  }
  // A new producer settles what the old one left, and then the record of progress tells.
  TRY(open());
  if (done_.batch.empty() && !done_.had_owner) {
    TRY(progress_.disown(*producer_));  // so that the next one stops here as well
    return lost_progress(token);
  }
  return done_.batch == token ? sink::Recovered::Done : sink::Recovered::Absent;
}

// Whoever prepared the batch had left its name there.
Error KafkaSink::lost_progress(const sink::Token& token) const {
  return invalid(
      "topic " + progress_.name() + " was deleted or emptied: it cannot be told whether " +
      "the last batch is in the topics; look, and write this record into it, by kcat say: " +
      "key " + progress_.key() + ", value " + print_progress({token, {}, {}, {}, false}) +
      " if it is there, else the same with \"batch\":\"none\"");
}

Status KafkaSink::abort() {
  const bool was_open = batch_.in_transaction;
  prepared_.clear();
  forget_batch();
  if (!was_open || !is_usable()) return {};
  if (options_.transactions) {
    meter_.note_aborted();
    return producer_->abort(options_.answer_timeout);
  }
  // Acknowledged or not, it is given up: a new producer does not know of it.
  drop_producer();
  return open();
}

Status KafkaSink::close() {
  const bool is_open = is_usable() && batch_.in_transaction && options_.transactions;
  const Duration timeout = std::min<Duration>(options_.answer_timeout, kCloseTimeout);
  Status aborted = is_open ? producer_->abort(timeout) : Status();
  drop_producer();
  return aborted;
}

}  // namespace slotcast::kafka
