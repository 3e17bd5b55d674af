#include "tests/support/left_out.h"

#include <algorithm>
#include <regex>

#include "tests/support/syntax_text.h"

namespace slotcast::test {
namespace {

struct LeftOut {
  const char* reason;
  std::regex complaint;
  std::regex expression;  // is in it
};

const std::vector<LeftOut>& all_left_out() {
  static const std::vector<LeftOut> all = {
      {"the order of texts",
       std::regex("(<|<=|>|>=) on texts needs COLLATE \"C\": the server's order of texts is not "
                  "known here"),
       std::regex(" (<|<=|>|>=) | BETWEEN |GREATEST\\(|LEAST\\(")},
      {"lower and upper of several collations",
       std::regex("(lower|upper) on texts of several collations needs COLLATE \"C\""),
       std::regex("(lower|upper)\\([^]*\\bc\\b")},
      {"the greatest of jsonb and enums",
       std::regex("values of type (jsonb|mood) are not put in order here"),
       std::regex("GREATEST\\(|LEAST\\(")},
      {"comparisons of jsonb",
       std::regex("operator is not supported: (jsonb (=|<>|<|<=|>|>=) (jsonb|unknown)|"
                  "unknown (=|<>|<|<=|>|>=) jsonb)"),
       std::regex("\\bjb\\b|jsonb")},
      {"the order of an enum",
       std::regex("operator is not supported: mood (<|<=|>|>=) (mood|unknown)"),
       std::regex("\\bm (<|<=|>|>=) ")},
      {"jsonb as a number or a bool",
       std::regex("cannot cast type jsonb to (boolean|smallint|integer|bigint|numeric|real|double "
                  "precision)"),
       std::regex("AS (bool|int[248]?|bigint|numeric|real|double precision|float[48])\\b")},
  };
  return all;
}

bool has_column(const sql::Syntax& syntax) {
  return syntax.kind == sql::Syntax::Kind::Column ||
         std::any_of(syntax.arguments.begin(), syntax.arguments.end(),
                     [](const sql::SyntaxPtr& each) { return has_column(*each); });
}

bool is_iso(const std::string& noun, const std::string& text) {
  static const std::string clock = "\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,6})?)?";
  static const std::string zone = "([+-]\\d\\d(:\\d\\d)?)?";
  static const std::regex time(clock + zone);
  static const std::regex day("(infinity|-infinity|\\d{4,6}-\\d\\d-\\d\\d([ T]" + clock + zone +
                              ")?( BC)?)");
  return std::regex_match(text, noun == "time" ? time : day);
}

}  // namespace

std::string reason_left_out(const std::string& expression, const std::string& complaint) {
  if (is_date_left_out(complaint)) return "dates that are not ISO 8601";
  for (const LeftOut& each : all_left_out()) {
    if (!std::regex_match(complaint, each.complaint)) continue;
    if (std::regex_search(expression, each.expression)) return each.reason;
  }
  return "";
}

// [^] and not a dot: the text may have several lines.
bool is_date_left_out(const std::string& message) {
  static const std::regex said(
      "this form of a (date|time|timestamp) is not supported by slotcast, only ISO 8601: "
      "\"([^]*)\"");
  std::smatch match;
  return std::regex_match(message, match, said) && !is_iso(match[1], match[2]);
}

std::vector<std::string> constants_at(const sql::Syntax& syntax, std::uint32_t offset) {
  std::vector<std::string> found;
  if (syntax.offset == offset && !has_column(syntax)) found.push_back(sql_of(syntax));
  for (const sql::SyntaxPtr& each : syntax.arguments) {
    for (std::string& inner : constants_at(*each, offset)) found.push_back(std::move(inner));
  }
  return found;
}

}  // namespace slotcast::test
