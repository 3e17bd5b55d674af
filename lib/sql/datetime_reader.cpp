#include <string>

#include "lib/sql/calendar.h"
#include "lib/sql/datetime_text.h"
#include "lib/sql/written_datetime.h"

namespace slotcast::sql {
namespace {

struct Words {
  std::string_view type;  // as the server's input functions call it
  std::string_view noun;
};
constexpr Words kDate = {"date", "date"};
constexpr Words kTime = {"time", "time"};
constexpr Words kTimestamp = {"timestamp", "timestamp"};
constexpr Words kTimestamptz = {"timestamp with time zone", "timestamp"};

std::string quoted(std::string_view text) {
  return ": \"" + std::string(text) + '"';
}

bool refuse(Frame& frame, Refusal refusal, const Words& words, std::string_view text) {
  switch (refusal) {
    case Refusal::None:
      break;
    case Refusal::Syntax:
      return frame.fail("22007",
                        "invalid input syntax for type " + std::string(words.type) + quoted(text));
    case Refusal::Field:
      return frame.fail("22008", "date/time field value out of range" + quoted(text));
    case Refusal::Zone:
      return frame.fail("22009", "time zone displacement out of range" + quoted(text));
    case Refusal::Unsupported:
      return frame.fail("0A000", "this form of a " + std::string(words.noun) +
                                     " is not supported by slotcast, only ISO 8601" + quoted(text));
  }
  return true;
}

bool out_of_range(Frame& frame, const Words& words, std::string_view text) {
  return frame.fail("22008", std::string(words.noun) + " out of range" + quoted(text));
}

bool read_instant(Frame& frame, const Words& words, bool is_zoned, std::string_view text,
                  Value& result) {
  WrittenDatetime written;
  const Refusal refusal = read_written_datetime(text, written);
  if (refusal != Refusal::None) return refuse(frame, refusal, words, text);
  if (written.form != WrittenDatetime::Form::Finite) {
    const bool is_last = written.form == WrittenDatetime::Form::Infinity;
    result = Value::of_integer(is_last ? kTimestampInfinity : kTimestampMinusInfinity);
    return true;
  }
  // A zone moves it by less than a day.
  if (written.days < kDateMin - 1 || written.days > kTimestampEndDay) {
    return out_of_range(frame, words, text);
  }
  std::int64_t instant = written.days * kMicrosecondsPerDay + written.microseconds;
  if (is_zoned) instant -= written.zone_seconds * kMicrosecondsPerSecond;
  if (instant < kTimestampMin || instant >= kTimestampEnd) return out_of_range(frame, words, text);
  result = Value::of_integer(instant);
  return true;
}

}  // namespace

// The server looks at the time and at the zone, and forgets them.
bool read_date(Frame& frame, const Value* text, Value& result) {
  WrittenDatetime written;
  const Refusal refusal = read_written_datetime(text->text, written);
  if (refusal != Refusal::None) return refuse(frame, refusal, kDate, text->text);
  if (written.form != WrittenDatetime::Form::Finite) {
    const bool is_last = written.form == WrittenDatetime::Form::Infinity;
    result = Value::of_integer(is_last ? kDateInfinity : kDateMinusInfinity);
    return true;
  }
  if (written.days < kDateMin || written.days >= kDateEnd) {
    return out_of_range(frame, kDate, text->text);
  }
  result = Value::of_integer(written.days);
  return true;
}

bool read_time(Frame& frame, const Value* text, Value& result) {
  std::int64_t microseconds = 0;
  const Refusal refusal = read_written_time(text->text, microseconds);
  if (refusal != Refusal::None) return refuse(frame, refusal, kTime, text->text);
  result = Value::of_integer(microseconds);
  return true;
}

bool read_timestamp(Frame& frame, const Value* text, Value& result) {
  return read_instant(frame, kTimestamp, false, text->text, result);
}

bool read_timestamptz(Frame& frame, const Value* text, Value& result) {
  return read_instant(frame, kTimestamptz, true, text->text, result);
}

}  // namespace slotcast::sql
