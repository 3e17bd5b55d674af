#include "tests/support/number_samples.h"

#include <bit>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <vector>

namespace slotcast::test {
namespace {

using sql::Kind;

const std::vector<std::string> kDecimals = {"NaN",
                                            "Infinity",
                                            "-Infinity",
                                            "0",
                                            "0.00",
                                            "1",
                                            "-1",
                                            "0.5",
                                            "-0.5",
                                            "1.5",
                                            "2.5",
                                            "-2.50",
                                            "10",
                                            "9999",
                                            "10000",
                                            "0.0001",
                                            "1.00",
                                            "3",
                                            "7",
                                            "0.1000",
                                            "-100",
                                            "0.00009999",
                                            "32767.5",
                                            "-32768.5",
                                            "99.5",
                                            "100.49",
                                            "0.3",
                                            "0.9999",
                                            "1e20",
                                            "1e-20",
                                            "1e-16383",
                                            "2147483647.5",
                                            "9223372036854775807",
                                            "-9223372036854775808.4",
                                            "9223372036854775807.5",
                                            "18446744073709551615",
                                            "18446744073709551616",
                                            "1e308",
                                            "1.8e308",
                                            "1e-400"};

const std::vector<std::string> kNumbers = {"NaN",
                                           "Infinity",
                                           "-Infinity",
                                           "0",
                                           "-0",
                                           "1",
                                           "-1",
                                           "0.5",
                                           "-0.5",
                                           "1.5",
                                           "2.5",
                                           "-2.5",
                                           "1e15",
                                           "1e14",
                                           "1e6",
                                           "100000",
                                           "1e-4",
                                           "1e-5",
                                           "0.1",
                                           "0.3",
                                           "32767.5",
                                           "-32768.5",
                                           "32766.5",
                                           "2147483647",
                                           "1e38",
                                           "3.4e38",
                                           "1.2e-38",
                                           "1e-45",
                                           "1e-40",
                                           "2147483648",
                                           "-2147483648.5",
                                           "9223372036854775807",
                                           "-9223372036854775808",
                                           "9223371761976868864",
                                           "1e20",
                                           "123456.7"};
const std::vector<std::string> kWideNumbers = {"1.7976931348623157e308",
                                               "2.2250738585072014e-308",
                                               "4.9406564584124654e-324",
                                               "1e300",
                                               "1e-300",
                                               "1e-320",
                                               "9007199254740993",
                                               "999999999999999.9",
                                               "2147483647.5",
                                               "9223372036854774784"};

const std::vector<std::string> kTexts = {"",
                                         " ",
                                         "\t\n\v\f\r",
                                         "+",
                                         "-",
                                         ".",
                                         "-.",
                                         "+5",
                                         "++5",
                                         "- 5",
                                         "5 5",
                                         "5x",
                                         "1e",
                                         "1e+",
                                         "1e 5",
                                         "1e+ 5",
                                         "1e5",
                                         "1E5",
                                         "1e-5",
                                         "1.e5",
                                         ".5",
                                         "5.",
                                         "1..2",
                                         "5..",
                                         "-5.",
                                         "-.5",
                                         "1.2.3",
                                         "0x1A",
                                         "0x1p3",
                                         "0x",
                                         "1_000",
                                         "1,000",
                                         "nan",
                                         "NAN",
                                         "-nan",
                                         "+nan",
                                         "nan(1)",
                                         "nanx",
                                         " NaN ",
                                         "inf",
                                         "+inf",
                                         "-INF",
                                         "infin",
                                         "infinity",
                                         "-Infinity",
                                         "+iNfInItY ",
                                         "infinityx",
                                         "1e400",
                                         "-1e400",
                                         "1e-400",
                                         "0e400",
                                         "0e-400",
                                         "1e40 ",
                                         " 1e400 ",
                                         "\t 1e40 ",
                                         "1e400x",
                                         "0e20000",
                                         "0e-20000",
                                         "1e-16384",
                                         "1e-16383",
                                         "1e131071",
                                         "1e131072",
                                         "1e1000000000000000000000",
                                         "1e1073741823",
                                         "1e1073741822",
                                         "1e-1073741823",
                                         "0e1073741823",
                                         "0e-1073741822",
                                         "1e99999999999 x",
                                         "  12  ",
                                         "0012",
                                         "99999999999",
                                         "99999999999x",
                                         "2147483648",
                                         "2147483648x",
                                         "-2147483648",
                                         "-2147483649",
                                         "32768",
                                         "-32768",
                                         "-32769",
                                         "9223372036854775808",
                                         "-9223372036854775808",
                                         "-9223372036854775809",
                                         "9223372036854775808 x",
                                         "t",
                                         "T",
                                         "tr",
                                         "TRUE",
                                         " true ",
                                         "truex",
                                         "f",
                                         "fals",
                                         "y",
                                         "ye",
                                         "yes",
                                         "n",
                                         "no",
                                         "o",
                                         "on",
                                         "of",
                                         "off",
                                         "offf",
                                         "oN",
                                         "1",
                                         "0",
                                         "10",
                                         "o n",
                                         "\xc3\xa9",
                                         "1\xc2\xa0",
                                         "1.5e10",
                                         "'",
                                         "\\",
                                         "1''2",
                                         "12345678901234567890123e-5",
                                         "4.9e-324",
                                         "2.4e-324",
                                         "2.5e-324",
                                         "1e-45",
                                         "7e-46",
                                         "3.4028235e38",
                                         "3.4028236e38",
                                         "1.7976931348623157e308",
                                         "1.7976931348623159e308",
                                         "0.1e-6",
                                         "1e-5 ",
                                         "000.00100e2"};

const std::string kJunk = " \t\n+-.eE0195xX_infNatrue'\"";

std::string format(const char* pattern, double number) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, number);
  return text;
}

}  // namespace

std::string NumberSamples::of(Kind kind) {
  switch (kind) {
    case Kind::Bool:
      return between(0, 1) == 1 ? "t" : "f";
    case Kind::Int2:
      return integer(16);
    case Kind::Int4:
      return integer(32);
    case Kind::Int8:
      return integer(64);
    case Kind::Numeric:
      return decimal();
    default:
      return number(kind == Kind::Float4);
  }
}

std::string NumberSamples::scale() {
  return std::to_string(between(0, 9) == 0 ? between(-2500, 2500) : between(-25, 60));
}

std::string NumberSamples::mutilated(Kind kind) {
  const int choice = between(0, 2);
  std::string text =
      choice == 0
          ? kTexts[static_cast<std::size_t>(between(0, static_cast<int>(kTexts.size()) - 1))]
          : of(kind);
  for (int times = between(0, 2); times > 0; --times) {
    const auto at = static_cast<std::size_t>(between(0, static_cast<int>(text.size())));
    const auto junk = static_cast<std::size_t>(between(0, static_cast<int>(kJunk.size()) - 1));
    const bool splits_letter = at < text.size() && static_cast<signed char>(text[at]) < 0;
    if (splits_letter) continue;
    if (between(0, 3) > 0) {
      text.insert(at, 1, kJunk[junk]);
    } else if (at < text.size()) {
      text.erase(at, 1);
    }
  }
  return text;
}

std::string NumberSamples::integer(int bits) {
  const std::int64_t max = static_cast<std::int64_t>(~std::uint64_t{0} >> (65 - bits));
  switch (between(0, 3)) {
    case 0: {
      const std::vector<std::int64_t> limits = {-max - 1, -max, max - 1, max, 0, 1, -1, 2, -2};
      return std::to_string(limits[static_cast<std::size_t>(between(0, 8))]);
    }
    case 1:
      return std::to_string(between(-100, 100));
    default: {
      const std::int64_t value = static_cast<std::int64_t>(random_()) >> (64 - between(2, bits));
      return std::to_string(value);
    }
  }
}

std::string NumberSamples::digits(int count) {
  const std::vector<std::string_view> alphabets = {"0123456789", "09", "05", "01", "0123456789"};
  const std::string_view alphabet = alphabets[static_cast<std::size_t>(between(0, 4))];
  std::string text;
  for (; count > 0; --count) {
    text += alphabet[static_cast<std::size_t>(between(0, static_cast<int>(alphabet.size()) - 1))];
  }
  return text;
}

std::string NumberSamples::decimal() {
  const int choice = between(0, 99);
  if (choice < 20) {
    return kDecimals[static_cast<std::size_t>(between(0, static_cast<int>(kDecimals.size()) - 1))];
  }
  const std::string sign = between(0, 1) == 1 ? "-" : "";
  const bool is_huge = choice == 20 && between(0, 2) == 0;
  const bool is_short = choice < 65;
  const int whole = is_huge ? between(1, 2000) : is_short ? between(1, 12) : between(1, 100);
  const int scale = is_huge ? between(0, 1500) : is_short ? between(0, 8) : between(0, 40);
  // A number below 1 now and then, with zeros after its point.
  if (between(0, 5) == 0) return sign + "0." + digits(scale + 1);
  return sign + digits(whole) + (scale > 0 ? "." + digits(scale) : "");
}

double NumberSamples::number_of_bits(bool is_float4) {
  if (is_float4) return std::bit_cast<float>(static_cast<std::uint32_t>(random_()));
  return std::bit_cast<double>(random_());
}

std::string NumberSamples::number(bool is_float4) {
  const char* const pattern = is_float4 ? "%.9g" : "%.17g";
  const int mantissa_bits = is_float4 ? 24 : 53;
  switch (between(0, 7)) {
    case 0:
      return kNumbers[static_cast<std::size_t>(between(0, static_cast<int>(kNumbers.size()) - 1))];
    case 1:
      if (is_float4) return format(pattern, between(-1000000, 1000000) / 100.0);
      return kWideNumbers[static_cast<std::size_t>(
          between(0, static_cast<int>(kWideNumbers.size()) - 1))];
    case 2:  // halves
      return format("%.1f", between(-100000, 100000) + 0.5);
    case 3: {  // whole numbers around and above 2^mantissa: halfway points have few digits
      const auto whole = static_cast<double>(random_() >> (64 - mantissa_bits));
      return format(pattern, std::ldexp(whole, between(-3, 30)));
    }
    case 4:  // powers of two and their neighbours
      return format(pattern, std::ldexp(1.0, between(-30, 70)) * (between(0, 1) == 1 ? 1 : -1));
    case 5: {
      const int scale = between(0, 6);
      return format("%.6f", between(-2000000000, 2000000000) / std::pow(10, scale));
    }
    default:
      return format(pattern, number_of_bits(is_float4));
  }
}

}  // namespace slotcast::test
