#include <cmath>
#include <type_traits>

#include "lib/sql/builtin.h"
#include "lib/sql/comparison.h"
#include "lib/sql/float_casts.h"
#include "lib/sql/float_text.h"
#include "lib/sql/number_error.h"

namespace slotcast::sql {
namespace {

// A result that is infinite or 0 although no operand was is an error, as in the server: `may_be_…`
// say when it is none.
template <class Float>
bool checked(Frame& frame, Float number, bool may_be_infinite, bool may_be_zero, Value& result) {
  if (std::isinf(number) && !may_be_infinite) return float_overflow(frame);
  if (number == 0 && !may_be_zero) return float_underflow(frame);
  result = Value::of_number(number);
  return true;
}

// A float4 is held as a double, but calculates with its own precision.
template <class Float>
struct Operands {
  explicit Operands(const Value* arguments)
      : left(static_cast<Float>(arguments[0].number)),
        right(static_cast<Float>(arguments[1].number)) {}
  bool is_one_infinite() const { return std::isinf(left) || std::isinf(right); }

  Float left;
  Float right;
};

template <class Float>
bool add(Frame& frame, const Value* arguments, Value& result) {
  const Operands<Float> of(arguments);
  return checked<Float>(frame, of.left + of.right, of.is_one_infinite(), true, result);
}

template <class Float>
bool subtract(Frame& frame, const Value* arguments, Value& result) {
  const Operands<Float> of(arguments);
  return checked<Float>(frame, of.left - of.right, of.is_one_infinite(), true, result);
}

template <class Float>
bool multiply(Frame& frame, const Value* arguments, Value& result) {
  const Operands<Float> of(arguments);
  const bool may_be_zero = of.left == 0 || of.right == 0;
  return checked<Float>(frame, of.left * of.right, of.is_one_infinite(), may_be_zero, result);
}

template <class Float>
bool divide(Frame& frame, const Value* arguments, Value& result) {
  const Operands<Float> of(arguments);
  if (of.right == 0) {
    if (!std::isnan(of.left)) return division_by_zero(frame);
    result = arguments[0];
    return true;
  }
  const bool may_be_zero = of.left == 0 || std::isinf(of.right);
  return checked<Float>(frame, of.left / of.right, std::isinf(of.left), may_be_zero, result);
}

template <double (*kOperation)(double)>
bool apply(Frame&, const Value* arguments, Value& result) {
  result = Value::of_number(kOperation(arguments[0].number));
  return true;
}

double same(double number) {
  return number;
}
double minus(double number) {
  return -number;
}
double absolute(double number) {
  return std::fabs(number);
}
double ceiling(double number) {
  return std::ceil(number);
}
double floor_of(double number) {
  return std::floor(number);
}
double half_to_even(double number) {
  return std::rint(number);
}

// NaN equals NaN and is greater than all others.
int order(Frame&, const Value& left, const Value& right) {
  if (left.number < right.number) return -1;
  if (left.number > right.number) return 1;
  return static_cast<int>(std::isnan(left.number)) - static_cast<int>(std::isnan(right.number));
}

template <class Float>
bool read(Frame& frame, const Value* text, Value& result) {
  Float number = 0;
  if (!read_float(frame, text->text, number)) return false;
  result = Value::of_number(number);
  return true;
}

template <class Float>
bool print(Frame& frame, const Value& value, std::string_view& text) {
  text = print_float(frame, static_cast<Float>(value.number));
  return true;
}

struct Table {
  std::array<Function, 52> rows;
  std::size_t count = 0;

  constexpr void add_one(std::string_view name, Kind kind, Call call) {
    rows[count++] = {name, kind, 1, {kind}, call};
  }
  template <Kind left, Kind right>
  constexpr void add_pair() {
    constexpr Kind kWider = left > right ? left : right;
    using Float = std::conditional_t<kWider == Kind::Float4, float, double>;
    rows[count++] = {"+", kWider, 2, {left, right}, add<Float>};
    rows[count++] = {"-", kWider, 2, {left, right}, subtract<Float>};
    rows[count++] = {"*", kWider, 2, {left, right}, multiply<Float>};
    rows[count++] = {"/", kWider, 2, {left, right}, divide<Float>};
    for (const Comparison& comparison : kComparisons<order>) {
      rows[count++] = {comparison.name, Kind::Bool, 2, {left, right}, comparison.call};
    }
  }
  constexpr void add_signs(Kind kind) {
    add_one("+", kind, apply<same>);
    add_one("-", kind, apply<minus>);
    add_one("@", kind, apply<absolute>);
    add_one("abs", kind, apply<absolute>);
  }
};

constexpr Table make_table() {
  Table table;
  table.add_pair<Kind::Float4, Kind::Float4>();
  table.add_pair<Kind::Float4, Kind::Float8>();
  table.add_pair<Kind::Float8, Kind::Float4>();
  table.add_pair<Kind::Float8, Kind::Float8>();
  table.add_signs(Kind::Float4);
  table.add_signs(Kind::Float8);
  table.add_one("ceil", Kind::Float8, apply<ceiling>);
  table.add_one("ceiling", Kind::Float8, apply<ceiling>);
  table.add_one("floor", Kind::Float8, apply<floor_of>);
  table.add_one("round", Kind::Float8, apply<half_to_even>);
  return table;
}

constexpr Table kTable = make_table();
static_assert(kTable.count == kTable.rows.size());

constexpr TypeRoutines kTypes[] = {
    {Kind::Float4, read<float>, print<float>},
    {Kind::Float8, read<double>, print<double>},
};

}  // namespace

Family float_family() {
  return {kTable.rows, float_casts(), kTypes};
}

}  // namespace slotcast::sql
