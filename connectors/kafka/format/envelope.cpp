#include "connectors/kafka/format/envelope.h"

#include <charconv>

#include "connectors/kafka/format/append_number.h"
#include "connectors/kafka/format/connect_schema.h"
#include "lib/base/version.h"
#include "lib/sink/encode/put.h"

namespace slotcast::kafka {
namespace {

using sink::Buffer;
using sink::put_exactly;
using sink::put_padded;

}  // namespace

Envelope::Envelope(const Source& source)
    : begin_(",\"source\":{\"version\":" + quoted_json(kVersion) +
             ",\"connector\":\"postgresql\",\"name\":" + quoted_json(source.pipeline)),
      database_("\",\"db\":" + quoted_json(source.database) + R"(,"sequence":"[\")") {
  note_transaction({}, false);
  note_now({});
}

// A row that was read from its table is of no transaction.
void Envelope::note_transaction(const Change& change, bool is_read) {
  lsn_ = change.id.commit_lsn;
  time_ = change.commit_time;
  xid_ = change.xid;
  is_read_ = is_read;
  const auto lsn = static_cast<std::int64_t>(lsn_.value);
  const std::int64_t micros = unix_microseconds(time_);
  text_.clear();
  text_.append(begin_);
  append_number(text_, ",\"ts_ms\":", millis_of_micros(micros));
  text_.append(is_read ? ",\"snapshot\":\"true" : ",\"snapshot\":\"false");
  text_.append(database_);
  append_number(text_, "", lsn);
  text_.append(R"(\",\")");
  to_ordinal_ = since(0);
  std::size_t at = text_.size();
  text_.append(R"(\"]",)");
  append_number(text_, "\"ts_us\":", micros);
  append_number(text_, ",\"ts_ns\":", micros * 1000);
  text_.append(',');
  to_table_ = since(at);
  at = text_.size();
  text_.append(",\"txId\":");
  if (is_read || xid_ == 0) {
    text_.append("null");
  } else {
    append_number(text_, "", xid_);
  }
  append_number(text_, ",\"lsn\":", lsn);
  text_.append(R"(,"xmin":null},"op":")");
  to_operation_ = since(at);
  text_.reserve(sink::kPutSlack);
}

void Envelope::note_now(WallTime now) {
  now_ = now;
  const std::int64_t micros = now.time_since_epoch().count();
  Buffer text;
  append_number(text, "\",\"ts_ms\":", millis_of_micros(micros));
  append_number(text, ",\"ts_us\":", micros);
  append_number(text, ",\"ts_ns\":", micros * 1000);
  text.append(",\"transaction\":");
  to_transaction_ = text.text();
}

void Envelope::append(Buffer& out, const Event& event) {
  const Change& change = event.change;
  const bool is_read = change.operation == Operation::Read;
  const bool is_same = change.id.commit_lsn == lsn_ && change.commit_time == time_ &&
                       change.xid == xid_ && is_read == is_read_;
  if (!is_same) note_transaction(change, is_read);
  if (event.now != now_) note_now(event.now);
  char* at = out.reserve(text_.size() + event.plan.names.size + to_transaction_.size() +
                         kNumberBytesMax + 1 + sink::kPutSlack);
  const char* const text = text_.text().data();
  at = put_padded(at, text + to_ordinal_.at, to_ordinal_.size);
  at = std::to_chars(at, at + kNumberBytesMax, change.id.ordinal).ptr;
  at = put_padded(at, text + to_table_.at, to_table_.size);
  at = put_padded(at, event.plan.text.data() + event.plan.names.at, event.plan.names.size);
  at = put_padded(at, text + to_operation_.at, to_operation_.size);
  *at++ = event.operation;
  out.advance(put_exactly(at, to_transaction_));
}

}  // namespace slotcast::kafka
