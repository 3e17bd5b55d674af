// Goal: settings that cannot be read back are refused, all at once, each by its option's name.
// Method: each mistake alone and many together.
#include "lib/sink/encode/csv_options.h"

#include <catch2/catch.hpp>

using namespace slotcast;
using sink::CsvOptions;

namespace {

std::vector<std::string> names_of(const sink::Mistakes& mistakes) {
  std::vector<std::string> names;
  for (const auto& [name, error] : mistakes) {
    CHECK(error.kind == ErrorKind::Invalid);
    names.push_back(name);
  }
  return names;
}

CsvOptions csv(const std::string& separator, const std::string& enclosure,
               const std::string& escape, const std::string& null_text = "\\N") {
  CsvOptions options;
  options.separator = separator;
  options.enclosure = enclosure;
  options.escape = escape;
  options.null_text = null_text;
  return options;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("csv options: what people use is taken", "[sink]") {
  for (const CsvOptions& options :
       {csv(",", "\"", "\""), csv(";", "\"", "\\"), csv("\t", "'", "'"), csv("|", "`", "\\"),
        csv("^", "~", "~", ""), csv(",", "\"", "\"", "NULL"), csv(" ", "\"", "\"", "\u2205"),
        csv(",", "\"", "\"", "-")}) {
    CHECK(names_of(check(options)).empty());
  }
}

TEST_CASE("csv options: a character that could be read as another thing is refused", "[sink]") {
  for (const std::string bad : {"", ",,", "\n", "\r", "\x01", "\x7f", "\u00e9", "\xff", "a", "7",
                                "-", "+", ".", ":", "/"}) {
    CAPTURE(bad);
    CHECK(names_of(check(csv(bad, "\"", "\""))) == Names{"separator"});
    CHECK(names_of(check(csv(",", bad, "\""))) == Names{"enclosure"});
    CHECK(names_of(check(csv(",", "\"", bad))) == Names{"escape"});
  }
  for (const std::string bad : {"\t", " ", ","}) {
    CHECK(names_of(check(csv(",", bad, "\""))) == Names{"enclosure"});
    CHECK(names_of(check(csv(",", "\"", bad))) == Names{"escape"});
  }
  CHECK(names_of(check(csv(";", ";", ";"))) == Names{"enclosure", "escape"});
}

TEST_CASE("csv options: a null text that a value may be is refused", "[sink]") {
  for (const std::string bad :
       {"a,b", "\"", "x\"", "a\nb", "\r", "\t", "\xc3", "0", "-1", "1e5", "0.00", "true", "false",
        "NaN", "Infinity", "-Infinity", "\\.", "[]"}) {
    CAPTURE(bad);
    CHECK(names_of(check(csv(",", "\"", "\"", bad))) == Names{"null"});
  }
  CHECK(names_of(check(csv(",", "\"", "\\", "\\N"))).empty());
  CHECK(names_of(check(csv(",", "\"", "\\", "\\NULL"))) == Names{"null"});
}

TEST_CASE("csv options: all mistakes are told together", "[sink]") {
  CsvOptions options = csv("ab", "\n", ",", "1");
  options.separator = "";
  options.line_end = "\r";
  options.meta = {"_op", "_what", "_op"};
  CHECK(names_of(check(options)) ==
        Names{"separator", "enclosure", "line_end", "null", "meta", "meta"});
}
