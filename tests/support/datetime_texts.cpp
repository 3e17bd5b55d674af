#include "tests/support/datetime_texts.h"

#include <cctype>

namespace slotcast::sql::test {

int DatetimeTexts::below(int limit) {
  return static_cast<int>(random_.next() % static_cast<std::uint64_t>(limit));
}

const std::string& DatetimeTexts::one_of(const std::vector<std::string>& choices) {
  return choices[static_cast<std::size_t>(below(static_cast<int>(choices.size())))];
}

std::string DatetimeTexts::number(int value, int digits) {
  std::string text = std::to_string(value);
  while (static_cast<int>(text.size()) < digits) text.insert(text.begin(), '0');
  return text;
}

std::string DatetimeTexts::in_some_case(std::string text) {
  for (char& c : text) {
    const auto letter = static_cast<unsigned char>(c);
    c = static_cast<char>(is_one_in(2) ? std::tolower(letter) : std::toupper(letter));
  }
  return text;
}

std::string DatetimeTexts::day(bool is_compact) {
  static const std::vector<std::string> kYears = {
      "0001", "0004", "0100", "0099", "1582",   "0200",   "1800",    "2200",
      "1900", "1969", "1970", "1999", "2000",   "2024",   "2100",    "4713",
      "4714", "4715", "9999", "0044", "294276", "294277", "5874897", "5874898"};
  std::string year = is_one_in(3) ? one_of(kYears) : number(1 + below(3000), 4);
  if (is_compact && year.size() > 4) year = "2020";
  if (is_one_in(60)) year = "0000";
  const int month = is_one_in(50) ? below(16) : is_one_in(4) ? 2 : 1 + below(12);
  const int day = is_one_in(50) ? below(40) : is_one_in(3) ? 28 + below(4) : 1 + below(28);
  if (is_compact) return year + number(month, 2) + number(day, 2);
  const int digits = is_one_in(10) ? 1 : 2;
  return year + "-" + number(month, digits) + "-" + number(day, digits);
}

std::string DatetimeTexts::clock(bool is_compact) {
  // The server carries a compact time that is out of range, which is no ISO 8601.
  const bool is_edge = !is_compact && is_one_in(6);
  const int hour = is_edge ? 23 + below(3) : below(24);
  const int minute = is_edge ? 58 + below(3) : below(60);
  const int second = is_edge ? 58 + below(4) : below(60);
  const bool is_midnight = is_one_in(20);
  std::string text;
  if (is_compact) {
    text = number(hour, 2) + number(minute, 2) + number(second, 2);
  } else {
    const int digits = is_one_in(10) ? 1 : 2;
    text = number(hour, digits) + ":" + number(minute, digits);
    if (is_one_in(8)) return text;
    text += ":" + number(second, digits);
  }
  if (is_midnight) text = is_compact ? "240000" : "24:00:00";
  if (is_one_in(2) || (is_compact && is_midnight)) return text;
  text += ".";
  const int digits = is_one_in(4) ? 7 + below(20) : 1 + below(6);
  const int kind = below(6);
  for (int i = 0; i < digits; ++i) {
    // Halves and ends of the last microsecond are where a rounding may go wrong.
    const char half = i < 6 ? static_cast<char>('0' + below(10)) : i == 6 ? '5' : '0';
    text += kind == 0   ? '9'
            : kind == 1 ? '0'
            : kind == 2 ? half
                        : static_cast<char>('0' + below(10));
  }
  return text;
}

std::string DatetimeTexts::zone() {
  if (is_one_in(3))
    return std::string(is_one_in(2) ? " " : "") + in_some_case(one_of({"z", "utc", "gmt"}));
  const std::string hours = number(below(is_one_in(8) ? 18 : 16), 2);
  const std::string minutes = number(is_one_in(2) ? 0 : below(is_one_in(10) ? 62 : 60), 2);
  std::string text = (is_one_in(2) ? "+" : "-") + hours;
  const int kind = below(4);
  if (kind == 1) text += minutes;
  if (kind >= 2) text += ":" + minutes;
  if (kind == 3) text += ":" + number(below(is_one_in(10) ? 62 : 60), 2);
  return (is_one_in(8) ? " " : "") + text;
}

std::string DatetimeTexts::instant() {
  static const std::vector<std::string> kSpaces = {" ", "  ", "\t", "\n ", "\r", "\v", "\f"};
  if (is_one_in(40)) return in_some_case(one_of({"infinity", "-infinity", "epoch"}));
  const bool is_compact = is_one_in(5);
  std::string text = is_one_in(12) ? one_of(kSpaces) : "";
  text += day(is_compact);
  if (!is_one_in(4)) {
    const std::string time = clock(is_compact && !is_one_in(4));
    text += is_one_in(2) ? one_of({"T", "T", "T", "t"}) : is_one_in(5) ? one_of(kSpaces) : " ";
    text += time;
    std::string zone_text = is_one_in(2) ? zone() : "";
    // The server takes HHMMSS-HH:MM for a date and a half.
    const bool is_date_like = time.find_first_of(":.") == std::string::npos;
    if (is_date_like && zone_text.starts_with('-')) zone_text.insert(0, " ");
    text += zone_text;
  }
  if (is_one_in(6))
    text += (is_one_in(4) && !std::isalpha(text.back()) ? "" : " ") +
            in_some_case(one_of({"bc", "bc", "ad"}));
  if (is_one_in(12)) text += one_of(kSpaces);
  return text;
}

std::string DatetimeTexts::time_of_day() {
  const bool is_compact = is_one_in(6);
  std::string text = is_one_in(12) ? " " : "";
  text += clock(is_compact);
  if (is_one_in(4))
    text += " +0" + std::to_string(below(10));
  else if (is_one_in(6))
    text += is_compact ? "Z" : zone();
  return text + (is_one_in(12) ? "\t" : "");
}

std::string DatetimeTexts::mutated(std::string text) {
  static const std::vector<std::string> kPieces = {
      "-",     "+",        ":",   ".",       "/",     ",",    "T",   "Z",  " ",
      "  ",    "0",        "9",   "00",      "5",     "BC",   "AD",  "am", "pm",
      "jan",   "bc",       "j",   "y",       "utc+3", "est",  "now", "'",  "_",
      "(",     "W",        "d",   "PST8PDT", "12:00", "2021", "-01", "+1", "infinity",
      "epoch", "allballs", "dst", "mon",     "of"};
  const int changes = 1 + below(3);
  for (int i = 0; i < changes; ++i) {
    const auto size = static_cast<int>(text.size());
    const auto at = static_cast<std::size_t>(below(size + 1));
    const std::size_t other = static_cast<std::size_t>(below(size + 1));
    switch (below(5)) {
      case 0:
        if (at < text.size()) text.erase(at, 1);
        break;
      case 1:
        text.insert(at, one_of(kPieces));
        break;
      case 2:
        if (at < text.size()) text[at] = one_of(kPieces)[0];
        break;
      case 3:
        if (at < text.size() && other < text.size()) std::swap(text[at], text[other]);
        break;
      default:
        if (at < text.size()) text.insert(at, text.substr(at, 1));
    }
  }
  return text;
}

const std::vector<std::string>& nasty_texts() {
  static const std::vector<std::string> kTexts = {
      "",
      " ",
      "\t\n",
      "n/a",
      "hello",
      "NULL",
      "-",
      ".",
      "0",
      "today",
      "now",
      "TOMORROW",
      "yesterday",
      "allballs",
      "infinity",
      "-infinity",
      "+infinity",
      "- infinity",
      "-Infinity ",
      "inf",
      "infinityx",
      "epoch",
      "epoch bc",
      "today allballs",
      "January 8, 1999",
      "1/8/1999",
      "1999-Jan-08",
      "08-Jan-99",
      "19990108",
      "990108",
      "1999.008",
      "J2451187",
      "y2001m02d04",
      "2021-001",
      "2021.001",
      "20210101T256199",
      "20210101 996199",
      "996199",
      "20210101T040506-07",
      "20210101T040506-07:00",
      "20210101T040506.5-07:00",
      "20210101T0405",
      "2021-01-01 12:34:56.",
      "12:34:56.",
      "12:34.5",
      "2021-01-01 12:34.5",
      "2021-01-01T12:00:00,123",
      "2021-01-01 12",
      "2021-01-01 T12:00",
      "2021-01-01T 12:00",
      "2021-01-01T",
      "2021-01-01Z",
      "2021-01-01+05",
      "2021-01-01-05",
      "2021-01-01 -05",
      "2021-01-01 BC AD",
      "2021-01-01 12:00 America/New_York",
      "2021-01-01 12:00 PST",
      "2021-01-01 12:00 UTC+3",
      "2021-01-01 12:00 UTC BC",
      "2021-01-01 12:00 utcbc",
      "2021-01-01 12:00zbc",
      "2021-01-01 12:00+5",
      "2021-01-01 12:00+530",
      "2021-01-01 12:00+053000",
      "2021-01-01 12:00+05:3",
      "2021-01-01 12:00:00 PM",
      "2021-01-01 13:00:00 AM",
      "2021-01-01 12:00 dst",
      "2021-01-01, 12:00",
      "2021-02-29",
      "2020-02-30",
      "1900-02-29",
      "1800-02-29",
      "0400-02-29",
      "2000-02-29",
      "0000-01-01",
      "0000-01-01 BC",
      "0001-01-01 BC",
      "0001-02-29 BC",
      "0005-02-29 BC",
      "4714-11-23 BC",
      "4714-11-24 BC",
      "4714-11-23 23:00:00-05 BC",
      "4714-11-24 01:00:00+05 BC",
      "4714-11-23 24:00:00 BC",
      "4714-10-31 BC",
      "4715-01-01 BC",
      "294276-12-31 23:59:59.999999",
      "294276-12-31 23:59:59.9999995",
      "294276-12-31 24:00:00",
      "294276-12-31 23:59:59.999999-05",
      "294277-01-01 02:00:00+05",
      "294277-01-01",
      "294277-01-02",
      "5874897-12-31",
      "5874898-01-01",
      "9999999-12-31",
      "99999999-12-31",
      "00002021-01-01",
      "021-01-01",
      "21-01-01",
      "2021-123-01",
      "2021-01-123",
      "2021--01-01",
      "2021-01-01-",
      "2021-01-01 23:59:60",
      "2021-01-01 23:59:60.000001",
      "23:59:60",
      "23:59:60.5",
      "24:00:00.0000001",
      "24:00:00.000001",
      "24:00:01",
      "25:00",
      "12:60",
      "12:00:61",
      "00:00:00.9999999",
      "23:59:59.9999995",
      "12:00:00.0000005",
      "12:00:00.1234565",
      "12:00:00.123456499999999999999999999999",
      "12:00:00.1234565000000000000000000000000001",
      "04:05:06 PST",
      "04:05:06-08:00",
      "T040506",
      "T04:05:06",
      "2021-01-01 04:05:06",
      "2021-01-01T04:05:06",
      "04:05 am",
      "040506.789+05:30",
      "040506-07",
      "0405",
      "04:05:06é",
      "été",
      "２０２１-01-01",
      "2021-01-01 00:00:00.123456789012345678901234567890123456789012345678901234567890"
      "1234567890123456789012345678901234567890123456789012345678901234567890123456",
  };
  return kTexts;
}

}  // namespace slotcast::sql::test
