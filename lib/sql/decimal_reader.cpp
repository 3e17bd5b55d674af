#include <algorithm>
#include <limits>

#include "lib/sql/characters.h"
#include "lib/sql/decimal_arithmetic.h"
#include "lib/sql/decimal_rounding.h"
#include "lib/sql/decimal_text.h"
#include "lib/sql/number_error.h"

namespace slotcast::sql {
namespace {

using Form = Decimal::Form;

// The server's own limits on an exponent, whatever the digits.
constexpr std::int64_t kExponentMax = std::numeric_limits<std::int32_t>::max() / 2;

struct Special {
  std::string_view word;
  Form form;
};

// The longer of two that begin alike comes first.
constexpr Special kSpecials[] = {
    {"nan", Form::NaN},
    {"infinity", Form::PlusInfinity},
    {"+infinity", Form::PlusInfinity},
    {"-infinity", Form::MinusInfinity},
    {"inf", Form::PlusInfinity},
    {"+inf", Form::PlusInfinity},
    {"-inf", Form::MinusInfinity},
};

// What stands before the exponent: digits, maybe with a point among them.
struct Digits {
  std::string_view text;         // from the first digit that is not 0
  std::int64_t significant = 0;  // digits in text
  std::int64_t scale = 0;
  std::uint64_t magnitude = 0;  // of the first kTensMax significant digits
};

// Takes them off the text. False when there are none, or two points.
bool take_digits(std::string_view& rest, Digits& digits) {
  const char* at = rest.data();
  const char* const end = at + rest.size();
  const bool begins_with_point = at != end && *at == '.';
  if (rest.size() <= (begins_with_point ? 1U : 0U) || !is_digit(at[begins_with_point ? 1 : 0])) {
    return false;
  }
  bool is_after_point = false;
  const char* first = nullptr;
  for (; at != end; ++at) {
    if (is_digit(*at)) {
      if (first == nullptr && *at != '0') first = at;
      if (first != nullptr && digits.significant++ < kTensMax) {
        digits.magnitude = digits.magnitude * 10 + static_cast<std::uint64_t>(*at - '0');
      }
      digits.scale += is_after_point ? 1 : 0;
    } else if (*at == '.') {
      if (is_after_point) return false;
      is_after_point = true;
    } else {
      break;
    }
  }
  if (first != nullptr) digits.text = {first, static_cast<std::size_t>(at - first)};
  rest.remove_prefix(static_cast<std::size_t>(at - rest.data()));
  return true;
}

// As strtol() does, which also takes spaces after the "e". False when there is no number.
bool take_exponent(std::string_view& rest, std::int64_t& exponent) {
  if (rest.empty() || lower(rest.front()) != 'e') return true;
  rest = without_leading_spaces(rest.substr(1));
  const bool is_negative = !rest.empty() && rest.front() == '-';
  if (!rest.empty() && (rest.front() == '-' || rest.front() == '+')) rest.remove_prefix(1);
  if (rest.empty() || !is_digit(rest.front())) return false;
  for (; !rest.empty() && is_digit(rest.front()); rest.remove_prefix(1)) {
    exponent = std::min(exponent * 10 + (rest.front() - '0'), kExponentMax);
  }
  if (is_negative) exponent = -exponent;
  return true;
}

// The digits without sign and point.
void set_long(Frame& frame, const Digits& digits, mpz_t& result) {
  const auto size = static_cast<std::size_t>(digits.significant) + 1;
  char* const room = frame.room(size);
  *std::copy_if(digits.text.begin(), digits.text.end(), room, is_digit) = '\0';
  mpz_set_str(result, room, 10);
  frame.trim(size);
}

bool set_number(Frame& frame, bool is_negative, const Digits& digits, std::int64_t scale,
                Decimal& result) {
  const std::int64_t display_scale = std::max<std::int64_t>(scale, 0);
  if (display_scale > kScaleMax) return numeric_overflow(frame);
  if (digits.significant == 0) {
    result.set(false, std::uint64_t{0}, static_cast<int>(display_scale));
    return true;
  }
  if (digits.significant - scale > kWholeDigitsMax) return numeric_overflow(frame);
  if (digits.significant <= kTensMax) {
    result.set(is_negative, digits.magnitude, static_cast<int>(display_scale));
  } else {
    mpz_t& number = result.begin(static_cast<int>(display_scale));
    set_long(frame, digits, number);
    if (is_negative) mpz_neg(number, number);
  }
  if (scale < 0) {
    mpz_t& number = result.begin(0);
    shift_up(frame, number, static_cast<int>(-scale), number);
  }
  return true;
}

// Digits with a point between them, if any, which one word holds: most numbers. False for all else.
bool read_plain(std::string_view text, Decimal& result) {
  const bool is_negative = !text.empty() && text.front() == '-';
  if (is_negative) text.remove_prefix(1);
  if (text.empty() || text.size() > kTensMax || text.front() == '.') return false;
  const char* const end = text.data() + text.size();
  const char* after_point = end;
  std::uint64_t magnitude = 0;
  for (const char* at = text.data(); at != end; ++at) {
    const auto digit = static_cast<unsigned char>(*at - '0');
    if (digit <= 9) {
      magnitude = magnitude * 10 + digit;
    } else if (*at == '.' && after_point == end) {
      after_point = at + 1;
    } else {
      return false;
    }
  }
  result.set(is_negative, magnitude, static_cast<int>(end - after_point));
  return true;
}

// Apart, so that read_decimal() needs no stack for most numbers.
[[gnu::noinline]] bool read_any(Frame& frame, std::string_view text, Decimal& result) {
  std::string_view rest = without_leading_spaces(text);
  const bool is_negative = !rest.empty() && rest.front() == '-';
  std::string_view unsigned_rest = rest;
  if (is_negative || (!rest.empty() && rest.front() == '+')) unsigned_rest.remove_prefix(1);
  Digits digits;
  if (take_digits(unsigned_rest, digits)) {
    std::int64_t exponent = 0;
    if (!take_exponent(unsigned_rest, exponent)) return invalid_input(frame, Kind::Numeric, text);
    if (exponent >= kExponentMax || exponent <= -kExponentMax) return numeric_overflow(frame);
    if (!without_leading_spaces(unsigned_rest).empty()) {
      return invalid_input(frame, Kind::Numeric, text);
    }
    return set_number(frame, is_negative, digits, digits.scale - exponent, result);
  }
  for (const Special& special : kSpecials) {
    if (!begins_with_word(rest, special.word)) continue;
    if (!without_leading_spaces(rest.substr(special.word.size())).empty()) break;
    result.set(special.form);
    return true;
  }
  return invalid_input(frame, Kind::Numeric, text);
}

}  // namespace

bool read_decimal(Frame& frame, std::string_view text, Decimal& result) {
  return read_plain(text, result) || read_any(frame, text, result);
}

}  // namespace slotcast::sql
