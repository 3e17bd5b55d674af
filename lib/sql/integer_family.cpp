#include <type_traits>

#include "lib/sql/builtin.h"
#include "lib/sql/comparison.h"
#include "lib/sql/integer_text.h"
#include "lib/sql/number_error.h"

namespace slotcast::sql {
namespace {

template <Kind kind>
using Integer =
    std::conditional_t<kind == Kind::Int2, std::int16_t,
                       std::conditional_t<kind == Kind::Int4, std::int32_t, std::int64_t>>;

// All operands are held in 64 bits, so one function serves every pair of types with this result.
template <Kind kind>
bool fit(Frame& frame, std::int64_t wide, Value& result) {
  if (wide != static_cast<Integer<kind>>(wide)) return out_of_range(frame, kind);
  result = Value::of_integer(wide);
  return true;
}

template <Kind kind>
bool add(Frame& frame, const Value* arguments, Value& result) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(arguments[0].integer, arguments[1].integer, &sum)) {
    return out_of_range(frame, kind);
  }
  return fit<kind>(frame, sum, result);
}

template <Kind kind>
bool subtract(Frame& frame, const Value* arguments, Value& result) {
  std::int64_t difference = 0;
  if (__builtin_sub_overflow(arguments[0].integer, arguments[1].integer, &difference)) {
    return out_of_range(frame, kind);
  }
  return fit<kind>(frame, difference, result);
}

template <Kind kind>
bool multiply(Frame& frame, const Value* arguments, Value& result) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(arguments[0].integer, arguments[1].integer, &product)) {
    return out_of_range(frame, kind);
  }
  return fit<kind>(frame, product, result);
}

template <Kind kind>
bool negate(Frame& frame, const Value* arguments, Value& result) {
  std::int64_t negated = 0;
  if (__builtin_sub_overflow(0, arguments[0].integer, &negated)) return out_of_range(frame, kind);
  return fit<kind>(frame, negated, result);
}

template <Kind kind>
bool divide(Frame& frame, const Value* arguments, Value& result) {
  if (arguments[1].integer == 0) return division_by_zero(frame);
  // The smallest number divided by -1 is one more than the largest.
  if (arguments[1].integer == -1) return negate<kind>(frame, arguments, result);
  result = Value::of_integer(arguments[0].integer / arguments[1].integer);
  return true;
}

bool remainder(Frame& frame, const Value* arguments, Value& result) {
  if (arguments[1].integer == 0) return division_by_zero(frame);
  // A processor traps on the smallest number and -1.
  const bool is_none = arguments[1].integer == -1;
  result = Value::of_integer(is_none ? 0 : arguments[0].integer % arguments[1].integer);
  return true;
}

template <Kind kind>
bool absolute(Frame& frame, const Value* arguments, Value& result) {
  if (arguments[0].integer < 0) return negate<kind>(frame, arguments, result);
  result = arguments[0];
  return true;
}

bool same(Frame&, const Value* arguments, Value& result) {
  result = arguments[0];
  return true;
}

int order(Frame&, const Value& left, const Value& right) {
  return left.integer < right.integer ? -1 : left.integer > right.integer ? 1 : 0;
}

template <Kind to>
bool narrow(Frame& frame, const Value* arguments, Value& result) {
  return fit<to>(frame, arguments[0].integer, result);
}

bool to_bool(Frame&, const Value* arguments, Value& result) {
  result = Value::of_bool(arguments[0].integer != 0);
  return true;
}

struct Table {
  std::array<Function, 114> rows;
  std::size_t count = 0;

  constexpr void add_row(std::string_view name, Kind result, Kind argument, Call call) {
    rows[count++] = {name, result, 1, {argument}, call};
  }
  constexpr void add_row(std::string_view name, Kind result, Kind left, Kind right, Call call) {
    rows[count++] = {name, result, 2, {left, right}, call};
  }
  constexpr void add_comparisons(Kind left, Kind right) {
    for (const Comparison& comparison : kComparisons<order>) {
      add_row(comparison.name, Kind::Bool, left, right, comparison.call);
    }
  }
  template <Kind left, Kind right>
  constexpr void add_pair() {
    constexpr Kind kWider = left > right ? left : right;
    add_row("+", kWider, left, right, add<kWider>);
    add_row("-", kWider, left, right, subtract<kWider>);
    add_row("*", kWider, left, right, multiply<kWider>);
    add_row("/", kWider, left, right, divide<kWider>);
    add_comparisons(left, right);
  }
  template <Kind kind>
  constexpr void add_type() {
    add_pair<kind, Kind::Int2>();
    add_pair<kind, Kind::Int4>();
    add_pair<kind, Kind::Int8>();
    add_row("%", kind, kind, kind, remainder);
    add_row("mod", kind, kind, kind, remainder);
    add_row("+", kind, kind, same);
    add_row("-", kind, kind, negate<kind>);
    add_row("@", kind, kind, absolute<kind>);
    add_row("abs", kind, kind, absolute<kind>);
  }
};

constexpr Table make_table() {
  Table table;
  table.add_comparisons(Kind::Bool, Kind::Bool);
  table.add_type<Kind::Int2>();
  table.add_type<Kind::Int4>();
  table.add_type<Kind::Int8>();
  return table;
}

constexpr Table kTable = make_table();
static_assert(kTable.count == kTable.rows.size());

constexpr Cast kCasts[] = {
    {Kind::Int2, Kind::Int4, CastContext::Implicit, nullptr},
    {Kind::Int2, Kind::Int8, CastContext::Implicit, nullptr},
    {Kind::Int4, Kind::Int8, CastContext::Implicit, nullptr},
    {Kind::Int4, Kind::Int2, CastContext::Assignment, narrow<Kind::Int2>},
    {Kind::Int8, Kind::Int2, CastContext::Assignment, narrow<Kind::Int2>},
    {Kind::Int8, Kind::Int4, CastContext::Assignment, narrow<Kind::Int4>},
    {Kind::Int4, Kind::Bool, CastContext::Explicit, to_bool},
    {Kind::Bool, Kind::Int4, CastContext::Explicit, nullptr},
};

constexpr TypeRoutines kTypes[] = {
    {Kind::Bool, read_bool, print_bool},
    {Kind::Int2, read_int2, print_integer},
    {Kind::Int4, read_int4, print_integer},
    {Kind::Int8, read_int8, print_integer},
};

}  // namespace

Family integer_family() {
  return {kTable.rows, kCasts, kTypes};
}

}  // namespace slotcast::sql
