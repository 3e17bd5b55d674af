#include "lib/sql/datetime_fields.h"

namespace slotcast::sql {
namespace {

// Reads digits at places known beforehand, and asks only once whether they all were digits.
class PlaceReader {
 public:
  explicit PlaceReader(const char* text) : text_(text) {}

  bool is_right() const { return is_right_; }
  void expect(std::size_t place, char c) { is_right_ &= text_[place] == c; }
  int digit(std::size_t place) {
    const auto value = static_cast<unsigned>(text_[place] - '0');
    is_right_ &= value <= 9;
    return static_cast<int>(value);
  }
  int pair(std::size_t place) { return digit(place) * 10 + digit(place + 1); }

 private:
  const char* text_;
  bool is_right_ = true;
};

constexpr std::size_t kDayLength = 10;   // "2026-11-21"
constexpr std::size_t kTimeLength = 19;  // "2026-11-21 05:40:12"
constexpr std::size_t kFractionDigitsMax = 6;

}  // namespace

bool read_printed_fields(std::string_view text, DatetimeFields& fields) {
  if (text.size() > kTimeLength && text.ends_with("+00")) text.remove_suffix(3);
  if (text.size() < kDayLength) return false;
  PlaceReader reader(text.data());
  fields.day = {reader.pair(0) * 100 + reader.pair(2), reader.pair(5), reader.pair(8)};
  reader.expect(4, '-');
  reader.expect(7, '-');
  if (text.size() == kDayLength) return reader.is_right();
  if (text.size() < kTimeLength) return false;
  reader.expect(10, ' ');
  reader.expect(13, ':');
  reader.expect(16, ':');
  fields.time.hour = reader.pair(11);
  fields.time.minute = reader.pair(14);
  fields.time.second = reader.pair(17);
  if (text.size() == kTimeLength) return reader.is_right();
  const std::size_t digits = text.size() - kTimeLength - 1;
  if (digits < 1 || digits > kFractionDigitsMax) return false;
  reader.expect(kTimeLength, '.');
  int fraction = 0;
  for (std::size_t i = 0; i < kFractionDigitsMax; ++i) {
    fraction = fraction * 10 + (i < digits ? reader.digit(kTimeLength + 1 + i) : 0);
  }
  fields.time.microsecond = fraction;
  return reader.is_right();
}

}  // namespace slotcast::sql
