#include "lib/sql/jsonb_number.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace slotcast::sql {
namespace {

// What numeric can hold. Source: PostgreSQL documentation, section "Numeric Types".
constexpr std::int64_t kWholeDigitsMax = 131'072;
constexpr std::int64_t kScaleMax = 16'383;
// Beyond this an exponent is refused even where the value would be zero.
constexpr std::int64_t kExponentLimit = std::numeric_limits<std::int32_t>::max() / 2;

// Of what follows the e; clamped to the limit, which is refused.
std::int64_t read_exponent(std::string_view text) {
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  std::int64_t exponent = 0;
  for (const char c : text) exponent = std::min(exponent * 10 + (c - '0'), kExponentLimit);
  return is_negative ? -exponent : exponent;
}

}  // namespace

bool JsonbNumber::read(std::string_view text) {
  is_negative_ = text.starts_with('-');
  if (is_negative_) text.remove_prefix(1);
  std::int64_t exponent = 0;
  if (const std::size_t e = text.find_first_of("eE"); e != std::string_view::npos) {
    exponent = read_exponent(text.substr(e + 1));
    text = text.substr(0, e);
  }
  if (std::abs(exponent) >= kExponentLimit) return false;
  const std::size_t point = std::min(text.find('.'), text.size());
  whole_ = text.substr(0, point);
  fraction_ = text.substr(std::min(point + 1, text.size()));

  const auto written = static_cast<std::int64_t>(whole_.size() + fraction_.size());
  point_ = static_cast<std::int64_t>(whole_.size()) + exponent;
  scale_ = std::max<std::int64_t>(static_cast<std::int64_t>(fraction_.size()) - exponent, 0);
  first_ = 0;
  while (first_ < written && digit(first_) == '0') ++first_;
  if (first_ == written) {  // zero has neither sign nor size
    is_negative_ = false;
    point_ = first_;
  }
  return scale_ <= kScaleMax && point_ - first_ <= kWholeDigitsMax;
}

char JsonbNumber::digit(std::int64_t at) const {
  const auto index = static_cast<std::size_t>(at);
  if (at < 0 || index >= whole_.size() + fraction_.size()) return '0';
  return index < whole_.size() ? whole_[index] : fraction_[index - whole_.size()];
}

std::size_t JsonbNumber::printed_bytes() const {
  const std::int64_t whole = std::max<std::int64_t>(point_ - first_, 1);
  const std::int64_t fraction = scale_ > 0 ? scale_ + 1 : 0;
  return static_cast<std::size_t>((is_negative_ ? 1 : 0) + whole + fraction);
}

char* JsonbNumber::print(char* to) const {
  if (is_negative_) *to++ = '-';
  if (point_ <= first_) *to++ = '0';
  for (std::int64_t at = first_; at < point_; ++at) *to++ = digit(at);
  if (scale_ > 0) *to++ = '.';
  for (std::int64_t at = point_; at < point_ + scale_; ++at) *to++ = digit(at);
  return to;
}

}  // namespace slotcast::sql
