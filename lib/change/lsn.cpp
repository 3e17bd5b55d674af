#include "lib/change/lsn.h"

#include <charconv>
#include <chrono>
#include <cstdio>

namespace slotcast {
namespace {

// Between 1970-01-01 and 2000-01-01 (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE days).
constexpr std::int64_t kPgEpochUnixMicroseconds = 946684800LL * 1000000LL;

void write_digits(char* out, std::uint64_t value, int digits) {
  for (int i = digits - 1; i >= 0; --i, value /= 10) out[i] = static_cast<char>('0' + value % 10);
}

}  // namespace

std::string to_string(Lsn lsn) {
  char text[24];
  const int length =
      std::snprintf(text, sizeof text, "%X/%X", static_cast<unsigned>(lsn.value >> 32),
                    static_cast<unsigned>(lsn.value & 0xFFFFFFFFu));
  return {text, static_cast<std::size_t>(length)};
}

std::optional<Lsn> parse_lsn(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto half = [](std::string_view digits) -> std::optional<std::uint32_t> {
    if (digits.size() > 8) return std::nullopt;  // as pg_lsn_in has it, leading zeros or not
    std::uint32_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return value;
  };
  const auto high = half(text.substr(0, slash));
  const auto low = half(text.substr(slash + 1));
  if (!high || !low) return std::nullopt;
  return Lsn{std::uint64_t{*high} << 32 | *low};
}

std::int64_t unix_microseconds(PgTime time) {
  return time.microseconds + kPgEpochUnixMicroseconds;
}

PgTime pg_time_from_unix(std::int64_t unix_microseconds) {
  return {unix_microseconds - kPgEpochUnixMicroseconds};
}

void write_iso8601(PgTime time, char* out) {
  using namespace std::chrono;
  const sys_time<microseconds> at{microseconds(unix_microseconds(time))};
  const auto day = floor<days>(at);
  const year_month_day date{day};
  const hh_mm_ss clock{at - day};
  write_digits(out, static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);
  out[4] = '-';
  write_digits(out + 5, static_cast<unsigned>(date.month()), 2);
  out[7] = '-';
  write_digits(out + 8, static_cast<unsigned>(date.day()), 2);
  out[10] = 'T';
  write_digits(out + 11, static_cast<std::uint64_t>(clock.hours().count()), 2);
  out[13] = ':';
  write_digits(out + 14, static_cast<std::uint64_t>(clock.minutes().count()), 2);
  out[16] = ':';
  write_digits(out + 17, static_cast<std::uint64_t>(clock.seconds().count()), 2);
  out[19] = '.';
  write_digits(out + 20, static_cast<std::uint64_t>(clock.subseconds().count()), 6);
  out[26] = 'Z';
}

namespace {

// Takes text apart from the left.
class Fields {
 public:
  explicit Fields(std::string_view text) : rest_(text) {}
  bool number(std::size_t digits, int& value) {
    if (rest_.size() < digits) return false;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + digits, value);
    if (error != std::errc() || end != rest_.data() + digits || value < 0) return false;
    rest_.remove_prefix(digits);
    return true;
  }
  bool one_of(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_[0]) == std::string_view::npos) return false;
    last_ = rest_[0];
    rest_.remove_prefix(1);
    return true;
  }
  std::int64_t fraction() {
    std::int64_t microseconds = 0;
    for (std::int64_t unit = 100'000; one_of("0123456789"); unit /= 10) {
      microseconds += unit * (last_ - '0');
    }
    return microseconds;
  }
  char last() const { return last_; }
  bool is_empty() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  char last_ = '\0';
};

// Minutes east of Greenwich.
std::optional<int> parse_zone(Fields& in) {
  if (in.one_of("Zz")) return 0;
  int hours = 0, minutes = 0;
  if (!in.one_of("+-")) return std::nullopt;
  const int sign = in.last() == '-' ? -1 : 1;
  if (!in.number(2, hours)) return std::nullopt;
  const bool has_minutes = in.one_of(":") || !in.is_empty();
  if (has_minutes && !in.number(2, minutes)) return std::nullopt;
  if (hours > 15 || minutes > 59) return std::nullopt;
  return sign * (hours * 60 + minutes);
}

}  // namespace

std::optional<PgTime> parse_iso8601(std::string_view text) {
  using namespace std::chrono;
  Fields in(text);
  int y = 0, mon = 0, d = 0, h = 0, min = 0, s = 0;
  if (!in.number(4, y) || !in.one_of("-") || !in.number(2, mon) || !in.one_of("-") ||
      !in.number(2, d) || !in.one_of("T t") || !in.number(2, h) || !in.one_of(":") ||
      !in.number(2, min)) {
    return std::nullopt;
  }
  if (in.one_of(":") && !in.number(2, s)) return std::nullopt;
  const std::int64_t fraction = in.one_of(".") ? in.fraction() : 0;
  const auto zone = parse_zone(in);
  const year_month_day date{year(y), month(static_cast<unsigned>(mon)),
                            day(static_cast<unsigned>(d))};
  if (!zone || !in.is_empty() || !date.ok() || h > 23 || min > 59 || s > 59) return std::nullopt;
  const auto at = sys_days(date) + hours(h) + minutes(min - *zone) + seconds(s);
  return pg_time_from_unix(duration_cast<microseconds>(at.time_since_epoch()).count() + fraction);
}

std::string to_iso8601(PgTime time) {
  std::string text(kIso8601Length, '\0');
  write_iso8601(time, text.data());
  return text;
}

}  // namespace slotcast
