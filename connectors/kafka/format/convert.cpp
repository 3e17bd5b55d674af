#include "connectors/kafka/format/convert.h"

#include <charconv>
#include <cstring>
#include <limits>

#include "connectors/kafka/format/interval.h"
#include "connectors/kafka/format/temporal.h"
#include "lib/sink/encode/put.h"

namespace slotcast::kafka {
namespace {

using sink::put_exactly;

// What stands for the infinities of a timestamp in Debezium, which has them from the JDBC driver.
constexpr std::int64_t kInfinityMicros = 9'223'372'036'825'200'000;
constexpr std::int64_t kMinusInfinityMicros = -9'223'372'036'832'400'000;

bool read_days(std::string_view text, std::int64_t& value) {
  Moment moment;
  if (!read_date(text, moment)) return false;
  value = moment.days;
  if (moment.form == Moment::Form::Infinity) value = std::numeric_limits<std::int32_t>::max();
  if (moment.form == Moment::Form::MinusInfinity) value = std::numeric_limits<std::int32_t>::min();
  return true;
}

bool read_time_of_day(std::string_view text, std::int64_t unit, std::int64_t& value) {
  Moment moment;
  if (!read_time(text, moment)) return false;
  value = moment.micros / unit;
  return true;
}

bool read_instant(std::string_view text, std::int64_t unit, std::int64_t& value) {
  Moment moment;
  if (!read_timestamp(text, moment)) return false;
  if (moment.form != Moment::Form::Finite) {
    const bool is_last = moment.form == Moment::Form::Infinity;
    value = (is_last ? kInfinityMicros : kMinusInfinityMicros) / unit;
    return true;
  }
  if (unit == 1) return micros_of(moment, value);
  value = millis_of(moment);
  return true;
}

bool read_integer(std::string_view text, std::int64_t& value) {
  const char* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && last == end;
}

// Infinities stay words: ISO 8601 has none.
char* put_date(char* at, const ValueType& type, std::string_view text) {
  Moment moment;
  if (!read_date(text, moment)) return nullptr;
  if (moment.form != Moment::Form::Finite) return put_exactly(at, text);
  at = put_iso_date(at, moment.days);
  if (type.as_debezium) *at++ = 'Z';
  return at;
}

char* put_time(char* at, const ValueType& type, std::string_view text) {
  Moment moment;
  if (!read_time(text, moment)) return nullptr;
  at = put_iso_time(at, moment.micros, digits_of_fraction(moment.micros));
  if (type.as_debezium) *at++ = 'Z';
  return at;
}

// The end of the day is its beginning elsewhere.
char* put_utc_time(char* at, std::string_view text) {
  Moment moment;
  if (!read_time(text, moment)) return nullptr;
  if (moment.zone_seconds != 0) to_utc(moment);
  at = put_iso_time(at, moment.micros, digits_of_fraction(moment.micros));
  *at++ = 'Z';
  return at;
}

char* put_timestamp(char* at, const ValueType& type, std::string_view text) {
  const bool is_utc = type.encoding == Encoding::TimestampUtcText;
  if (char* end = put_iso_timestamp(at, text, type.length)) {
    if (is_utc || type.as_debezium) *end++ = 'Z';
    return end;
  }
  Moment moment;
  if (!read_timestamp(text, moment)) return nullptr;
  if (moment.form != Moment::Form::Finite) return put_exactly(at, text);
  if (is_utc && moment.zone_seconds != 0) to_utc(moment);
  at = put_iso_date(at, moment.days);
  *at++ = 'T';
  at = put_iso_time(at, moment.micros, type.length);
  if (is_utc || type.as_debezium) *at++ = 'Z';
  return at;
}

char* put_interval(char* at, std::string_view text) {
  Interval interval;
  if (text.ends_with("infinity")) return put_exactly(at, text);
  return read_interval(text, interval) ? put_iso_interval(at, interval) : nullptr;
}

// As Debezium calls what is no number; without it, as PostgreSQL does.
char* put_decimal(char* at, const ValueType& type, std::string_view text) {
  if (sink::is_plain_number(text) || !type.as_debezium) return put_exactly(at, text);
  if (text == "NaN") return put_exactly(at, "NAN");
  return put_exactly(at, text.starts_with('-') ? "NEGATIVE_INFINITY" : "POSITIVE_INFINITY");
}

char* put_money_text(char* at, std::string_view text) {
  std::int64_t hundredths = 0;
  return read_money(text, hundredths) ? put_money(at, hundredths) : nullptr;
}

}  // namespace

bool read_whole(const ValueType& type, std::string_view text, std::int64_t& value) {
  constexpr std::int64_t kMillisecond = 1000;
  switch (type.encoding) {
    case Encoding::Days:
      return read_days(text, value);
    case Encoding::TimeMillis:
      return read_time_of_day(text, kMillisecond, value);
    case Encoding::TimeMicros:
      return read_time_of_day(text, 1, value);
    case Encoding::TimestampMillis:
      return read_instant(text, kMillisecond, value);
    case Encoding::TimestampMicros:
      return read_instant(text, 1, value);
    case Encoding::IntervalMicros: {
      Interval interval;
      return read_interval(text, interval) && micros_of(interval, value);
    }
    default:
      return read_integer(text, value);
  }
}

bool read_decimal_double(const ValueType& type, std::string_view text, double& value) {
  if (type.encoding != Encoding::MoneyDouble) return read_double(text, value);
  std::int64_t hundredths = 0;
  if (!read_money(text, hundredths)) return false;
  char plain[kMoneyBytesMax];
  const char* const end = put_money(plain, hundredths);
  return read_double({plain, static_cast<std::size_t>(end - plain)}, value);
}

bool read_unscaled(const ValueType& type, std::string_view text, UnscaledDecimal& decimal) {
  if (type.encoding != Encoding::MoneyUnscaled) return decimal.set(text, type.scale);
  std::int64_t hundredths = 0;
  if (!read_money(text, hundredths)) return false;
  decimal.set(hundredths);
  return true;
}

char* put_text_of(char* at, const ValueType& type, std::string_view text) {
  switch (type.encoding) {
    case Encoding::BooleanText:
      return put_exactly(at, text == "t" ? "true" : "false");
    case Encoding::DecimalText:
      return put_decimal(at, type, text);
    case Encoding::MoneyText:
      return put_money_text(at, text);
    case Encoding::DateText:
      return put_date(at, type, text);
    case Encoding::TimeText:
      return put_time(at, type, text);
    case Encoding::TimeUtcText:
      return put_utc_time(at, text);
    case Encoding::TimestampText:
    case Encoding::TimestampUtcText:
      return put_timestamp(at, type, text);
    case Encoding::IntervalText:
      return put_interval(at, text);
    case Encoding::HexText:
      return text.starts_with("\\x") ? put_exactly(at, text.substr(2)) : nullptr;
    default:
      return nullptr;
  }
}

}  // namespace slotcast::kafka
