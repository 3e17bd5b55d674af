#include "lib/sql/builtin.h"
#include "lib/sql/calendar.h"
#include "lib/sql/comparison.h"
#include "lib/sql/datetime_text.h"

// With TimeZone UTC a timestamp with time zone is held as the timestamp without one that prints the
// same digits: what follows treats them alike.
// Source: PostgreSQL, src/backend/utils/adt/date.c, timestamp.c; pg_operator.dat, pg_cast.dat.

namespace slotcast::sql {
namespace {

bool is_finite_date(std::int64_t days) {
  return days != kDateInfinity && days != kDateMinusInfinity;
}

bool is_finite_timestamp(std::int64_t instant) {
  return instant != kTimestampInfinity && instant != kTimestampMinusInfinity;
}

// A date that no timestamp reaches is later than all of them, and before infinity.
std::int64_t midnight_of(std::int64_t days) {
  if (days == kDateMinusInfinity) return kTimestampMinusInfinity;
  if (days == kDateInfinity) return kTimestampInfinity;
  return days < kTimestampEndDay ? days * kMicrosecondsPerDay : kTimestampInfinity - 1;
}

int order(std::int64_t left, std::int64_t right) {
  return left < right ? -1 : left > right ? 1 : 0;
}

int order_same(Frame&, const Value& left, const Value& right) {
  return order(left.integer, right.integer);
}

int order_date_timestamp(Frame&, const Value& left, const Value& right) {
  return order(midnight_of(left.integer), right.integer);
}

int order_timestamp_date(Frame&, const Value& left, const Value& right) {
  return order(left.integer, midnight_of(right.integer));
}

bool date_of_sum(Frame& frame, std::int64_t days, std::int64_t more, Value& result) {
  const std::int64_t sum = is_finite_date(days) ? days + more : days;
  if (is_finite_date(days) && (sum < kDateMin || sum >= kDateEnd)) {
    return frame.fail("22008", "date out of range");
  }
  result = Value::of_integer(sum);
  return true;
}

bool date_plus_days(Frame& frame, const Value* arguments, Value& result) {
  return date_of_sum(frame, arguments[0].integer, arguments[1].integer, result);
}

bool days_plus_date(Frame& frame, const Value* arguments, Value& result) {
  return date_of_sum(frame, arguments[1].integer, arguments[0].integer, result);
}

bool date_minus_days(Frame& frame, const Value* arguments, Value& result) {
  return date_of_sum(frame, arguments[0].integer, -arguments[1].integer, result);
}

// All finite dates together are fewer days than an integer holds.
bool date_minus_date(Frame& frame, const Value* arguments, Value& result) {
  if (!is_finite_date(arguments[0].integer) || !is_finite_date(arguments[1].integer)) {
    return frame.fail("22008", "cannot subtract infinite dates");
  }
  result = Value::of_integer(arguments[0].integer - arguments[1].integer);
  return true;
}

bool date_to_timestamp(Frame& frame, const Value* arguments, Value& result) {
  const std::int64_t days = arguments[0].integer;
  if (is_finite_date(days) && days >= kTimestampEndDay) {
    return frame.fail("22008", "date out of range for timestamp");
  }
  result = Value::of_integer(midnight_of(days));
  return true;
}

std::int64_t day_of(std::int64_t instant) {
  return instant / kMicrosecondsPerDay - (instant % kMicrosecondsPerDay < 0 ? 1 : 0);
}

bool timestamp_to_date(Frame&, const Value* arguments, Value& result) {
  const std::int64_t instant = arguments[0].integer;
  std::int64_t days = day_of(instant);
  if (instant == kTimestampInfinity) days = kDateInfinity;
  if (instant == kTimestampMinusInfinity) days = kDateMinusInfinity;
  result = Value::of_integer(days);
  return true;
}

bool timestamp_to_time(Frame&, const Value* arguments, Value& result) {
  const std::int64_t instant = arguments[0].integer;
  result = is_finite_timestamp(instant)
               ? Value::of_integer(instant - day_of(instant) * kMicrosecondsPerDay)
               : Value::null();
  return true;
}

struct Table {
  std::array<Function, 64> rows;
  std::size_t count = 0;

  constexpr void add_row(std::string_view name, Kind result, Kind left, Kind right, Call call) {
    rows[count++] = {name, result, 2, {left, right}, call};
  }
  template <int (*kOrder)(Frame&, const Value&, const Value&)>
  constexpr void add_comparisons(Kind left, Kind right) {
    for (const Comparison& comparison : kComparisons<kOrder>) {
      add_row(comparison.name, Kind::Bool, left, right, comparison.call);
    }
  }
};

constexpr Table make_table() {
  Table table;
  table.add_comparisons<order_same>(Kind::Date, Kind::Date);
  table.add_comparisons<order_same>(Kind::Time, Kind::Time);
  for (const Kind left : {Kind::Timestamp, Kind::Timestamptz}) {
    for (const Kind right : {Kind::Timestamp, Kind::Timestamptz}) {
      table.add_comparisons<order_same>(left, right);
    }
    table.add_comparisons<order_date_timestamp>(Kind::Date, left);
    table.add_comparisons<order_timestamp_date>(left, Kind::Date);
  }
  table.add_row("+", Kind::Date, Kind::Date, Kind::Int4, date_plus_days);
  table.add_row("+", Kind::Date, Kind::Int4, Kind::Date, days_plus_date);
  table.add_row("-", Kind::Date, Kind::Date, Kind::Int4, date_minus_days);
  table.add_row("-", Kind::Int4, Kind::Date, Kind::Date, date_minus_date);
  return table;
}

constexpr Table kTable = make_table();
static_assert(kTable.count == kTable.rows.size());

constexpr Cast kCasts[] = {
    {Kind::Date, Kind::Timestamp, CastContext::Implicit, date_to_timestamp},
    {Kind::Date, Kind::Timestamptz, CastContext::Implicit, date_to_timestamp},
    {Kind::Timestamp, Kind::Timestamptz, CastContext::Implicit, nullptr},
    {Kind::Timestamptz, Kind::Timestamp, CastContext::Assignment, nullptr},
    {Kind::Timestamp, Kind::Date, CastContext::Assignment, timestamp_to_date},
    {Kind::Timestamptz, Kind::Date, CastContext::Assignment, timestamp_to_date},
    {Kind::Timestamp, Kind::Time, CastContext::Assignment, timestamp_to_time},
    {Kind::Timestamptz, Kind::Time, CastContext::Assignment, timestamp_to_time},
};

constexpr TypeRoutines kTypes[] = {
    {Kind::Date, read_date, print_date},
    {Kind::Time, read_time, print_time},
    {Kind::Timestamp, read_timestamp, print_timestamp},
    {Kind::Timestamptz, read_timestamptz, print_timestamptz},
};

}  // namespace

Family datetime_family() {
  return {kTable.rows, kCasts, kTypes};
}

}  // namespace slotcast::sql
