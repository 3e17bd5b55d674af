#include "connectors/kafka/format/decimal.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <limits>

#include "lib/base/bytes.h"

namespace slotcast::kafka {
namespace {

constexpr std::size_t kSmallDigits = 18;  // of what an int64 holds whatever they are

bool are_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// A number's parts.
struct Written {
  bool is_negative = false;
  std::string_view whole;
  std::string_view fraction;

  bool take(std::string_view number) {
    is_negative = number.starts_with('-');
    if (is_negative) number.remove_prefix(1);
    const std::size_t point = std::min(number.find('.'), number.size());
    whole = number.substr(0, point);
    fraction = number.substr(std::min(point + 1, number.size()));
    return !whole.empty() && are_digits(whole) && are_digits(fraction);
  }
};

// Of at most kSmallDigits, which most numbers are.
struct Small {
  std::int64_t value = 0;
  int fraction = 0;  // digits behind the point

  bool take(std::string_view number) {
    const bool is_negative = number.starts_with('-');
    if (is_negative) number.remove_prefix(1);
    if (number.size() > kSmallDigits || number.empty()) return false;
    const char* const end = number.data() + number.size();
    const char* point = end;
    for (const char* at = number.data(); at != end; ++at) {
      const auto digit = static_cast<unsigned>(*at - '0');
      if (digit <= 9) {
        value = value * 10 + digit;
      } else if (*at == '.' && point == end) {
        point = at;
      } else {
        return false;
      }
    }
    fraction = point == end ? 0 : static_cast<int>(end - point - 1);
    if (is_negative) value = -value;
    return true;
  }
};

}  // namespace

bool UnscaledDecimal::set(std::string_view number) {
  Small small;
  if (small.take(number)) {
    set(small.value);
    scale_ = small.fraction;
    return true;
  }
  Written written;
  if (!written.take(number)) return false;
  return set(number, static_cast<int>(written.fraction.size()));
}

bool UnscaledDecimal::set(std::string_view number, int scale) {
  Small small;
  if (small.take(number) && small.fraction == scale) {
    set(small.value);
    scale_ = scale;
    return true;
  }
  Written written;
  if (!written.take(number)) return false;
  const auto wanted = static_cast<std::size_t>(scale);
  const std::string_view beyond =
      written.fraction.substr(std::min(wanted, written.fraction.size()));
  if (beyond.find_first_not_of('0') != std::string_view::npos) return false;
  digits_.clear();
  digits_.append(written.whole);
  digits_.append(written.fraction.substr(0, wanted));
  for (std::size_t i = written.fraction.size(); i < wanted; ++i) digits_.append('0');
  set_large(written.is_negative);
  scale_ = scale;
  return true;
}

void UnscaledDecimal::set(std::int64_t unscaled) {
  std::byte all[sizeof unscaled];
  store_be(all, static_cast<std::uint64_t>(unscaled));
  // A bit for the sign, then those that do not only repeat it.
  const auto bits = static_cast<std::uint64_t>(unscaled < 0 ? ~unscaled : unscaled);
  const auto count = static_cast<std::size_t>(std::bit_width(bits)) / 8 + 1;
  bytes_.clear();
  bytes_.append(as_text({all + sizeof all - count, count}));
}

void UnscaledDecimal::set_large(bool is_negative) {
  digits_.append('\0');
  mpz_set_str(large_, digits_.text().data(), 10);
  // In two's complement -x has the bits of x - 1, each of them turned.
  if (is_negative && mpz_sgn(large_) != 0) {
    mpz_sub_ui(large_, large_, 1);
  } else {
    is_negative = false;
  }
  bytes_.clear();
  std::size_t count = (mpz_sizeinbase(large_, 2) + 7) / 8;
  char* const at = bytes_.reserve(count + 1);
  *at = '\0';
  count = 0;
  mpz_export(at + 1, &count, 1, 1, 1, 0, large_);
  bytes_.advance(at + 1 + count);
  if (is_negative) {
    for (std::size_t i = 0; i <= count; ++i) at[i] = static_cast<char>(~at[i]);
  }
  const bool repeats_sign = count != 0 && ((at[0] ^ at[1]) & 0x80) == 0;
  if (!repeats_sign) return;
  std::copy(at + 1, at + 1 + count, at);
  bytes_.advance(at + count);
}

bool read_double(std::string_view number, double& value) {
  using Limits = std::numeric_limits<double>;
  const bool is_negative = number.starts_with('-');
  if (number.ends_with("Infinity")) {
    value = is_negative ? -Limits::infinity() : Limits::infinity();
    return true;
  }
  if (number == "NaN") {
    value = Limits::quiet_NaN();
    return true;
  }
  const char* const end = number.data() + number.size();
  const auto [last, error] = std::from_chars(number.data(), end, value);
  if (error == std::errc::invalid_argument || last != end) return false;
  if (error == std::errc()) return true;
  // Out of range, which is either too large or too near to zero.
  const std::size_t first = number.find_first_of("123456789");
  const bool is_large = first < number.find_first_of(".eE") && number.find("e-") == number.npos;
  const double magnitude = is_large ? Limits::infinity() : 0.0;
  value = is_negative ? -magnitude : magnitude;
  return true;
}

bool read_money(std::string_view text, std::int64_t& hundredths) {
  const std::size_t last = text.find_last_of("0123456789");
  const std::size_t point = text.find_last_of(".,", last);
  if (last == text.npos || point == text.npos || last - point != 2) return false;
  std::uint64_t value = 0;
  for (const char c : text.substr(0, last + 1)) {
    if (c >= '0' && c <= '9') value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  const bool is_negative = text.find_first_of("-(") != text.npos;
  hundredths = static_cast<std::int64_t>(is_negative ? 0 - value : value);
  return true;
}

char* put_money(char* at, std::int64_t hundredths) {
  auto value = static_cast<std::uint64_t>(hundredths);
  if (hundredths < 0) {
    *at++ = '-';
    value = 0 - value;
  }
  at = std::to_chars(at, at + 20, value / 100).ptr;
  *at++ = '.';
  *at++ = static_cast<char>('0' + value % 100 / 10);
  *at++ = static_cast<char>('0' + value % 10);
  return at;
}

}  // namespace slotcast::kafka
