// Goal:   an expression means here what it means in PostgreSQL: the same text or the same SQLSTATE
//         for every row. What is refused here is refused there, or is one of the few things that
//         the README leaves out; and each thing that it promises was really compared.
// Method: expressions and rows made at random, evaluated by both: some of each promised operator,
//         function and cast, and some that are nested.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "tests/support/expression_maker.h"
#include "tests/support/left_out.h"
#include "tests/support/sql_constructs.h"
#include "tests/support/sql_oracle.h"

using namespace slotcast;
using test::Construct;
using test::ExpressionMaker;
using test::SqlOracle;

namespace {

constexpr std::size_t kRows = 24;
constexpr std::size_t kPairsPerConstruct = 20;
constexpr std::size_t kTriesMin = 2;
constexpr std::size_t kTriesMax = 12;

std::string our_answer(const sql::Expression& expression, sql::Frame& frame, Cells cells) {
  static const Change change;
  frame.reset();
  Cell cell;
  if (expression.evaluate_cell(frame, change, cells, cell) != sql::Outcome::Ok) {
    return "E" + frame.sqlstate() + " " + frame.message();
  }
  if (cell.is_null()) return "N";
  std::string text(cell.text());
  if (expression.type().kind == sql::Kind::Bool) text = text == "t" ? "true" : "false";
  return "V" + text;
}

std::string sqlstate_of(const std::string& answer) {
  return answer.substr(1, 5);
}

std::string message_of(const std::string& answer) {
  return answer.substr(7);
}

enum class Verdict { Same, LeftOut, Different };

// The SQLSTATE decides; the words of an error are PostgreSQL's own affair.
Verdict judge(const std::string& ours, const std::string& theirs) {
  if (ours == theirs) return Verdict::Same;
  if (ours[0] != 'E') return Verdict::Different;
  if (theirs[0] == 'E' && sqlstate_of(ours) == sqlstate_of(theirs)) return Verdict::Same;
  const bool is_date = sqlstate_of(ours) == "0A000" && test::is_date_left_out(message_of(ours));
  return is_date ? Verdict::LeftOut : Verdict::Different;
}

// Not a matter of rows: of types and names, or of a constant that says what we say.
bool is_refused_there(const std::vector<std::string>& theirs, const std::string& complaint) {
  return std::all_of(theirs.begin(), theirs.end(), [&](const std::string& answer) {
    return answer[0] == 'E' &&
           (sqlstate_of(answer).starts_with("42") || message_of(answer) == complaint);
  });
}

struct Tally {
  std::size_t expressions = 0;
  std::size_t same = 0;
  std::size_t values = 0;          // of those that are the same, neither NULL nor an error
  std::size_t left_out_pairs = 0;  // dates that are not ISO 8601
  std::size_t refused_by_both = 0;
  std::map<std::string, std::size_t> left_out;  // expressions, by reason

  std::size_t all_left_out() const {
    std::size_t count = 0;
    for (const auto& [reason, expressions] : left_out) count += expressions;
    return count;
  }
};

class Comparison {
 public:
  explicit Comparison(std::uint64_t seed)
      : random_(seed), maker_(random_), oracle_(maker_, kRows), rows_(oracle_.cells()) {}

  ExpressionMaker& maker() { return maker_; }

  void compare(const std::string& text, Tally& tally) {
    ++tally.expressions;
    const std::vector<std::string> theirs = oracle_.answers(text);
    const auto parsed = sql::parse_select(text + " AS x");
    INFO(text);
    REQUIRE_FALSE(parsed.complaint);
    const sql::Syntax& syntax = *parsed.value[0].expression;
    const auto resolved = sql::resolve_value(syntax, scope_);
    if (resolved.complaint) {
      compare_refusal(text, syntax, *resolved.complaint, theirs, tally);
      return;
    }
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      const std::string ours = our_answer(*resolved.expression, frame_, rows_[row]);
      const Verdict verdict = judge(ours, theirs[row]);
      INFO("row " << row << "\nours:       " << ours << "\nPostgreSQL: " << theirs[row]);
      CHECK(verdict != Verdict::Different);
      tally.same += verdict == Verdict::Same ? 1 : 0;
      tally.values += verdict == Verdict::Same && ours[0] == 'V' ? 1 : 0;
      tally.left_out_pairs += verdict == Verdict::LeftOut ? 1 : 0;
    }
  }

 private:
  void compare_refusal(const std::string& text, const sql::Syntax& syntax,
                       const sql::Complaint& complaint, const std::vector<std::string>& theirs,
                       Tally& tally) {
    if (is_refused_there(theirs, complaint.what)) {
      ++tally.refused_by_both;
      return;
    }
    std::string reason = test::reason_left_out(text, complaint.what);
    if (reason.empty() && fails_there(syntax, complaint)) reason = "constants that fail";
    INFO("refused here: " << complaint.what << "\nPostgreSQL: " << theirs[0]);
    CHECK_FALSE(reason.empty());
    ++tally.left_out[reason];
  }

  // The constant that we refuse fails in PostgreSQL too, where it is asked by itself.
  bool fails_there(const sql::Syntax& syntax, const sql::Complaint& complaint) {
    for (const std::string& constant : test::constants_at(syntax, complaint.offset)) {
      const std::string answer = oracle_.answers(constant)[0];
      if (answer[0] == 'E' && message_of(answer) == complaint.what) return true;
    }
    return false;
  }

  SeededRandom random_;
  ExpressionMaker maker_;
  SqlOracle oracle_;
  std::vector<std::vector<Cell>> rows_;
  sql::Scope scope_ = SqlOracle::scope();
  sql::Frame frame_;
};

Tally compare_construct(Comparison& comparison, const Construct& construct) {
  Tally tally;
  for (std::size_t tries = 0; tries < kTriesMax; ++tries) {
    const std::string& form = construct.forms[tries % construct.forms.size()];
    comparison.compare(comparison.maker().filled(form), tally);
    const bool is_enough = tally.same >= kPairsPerConstruct && tally.values > 0;
    const bool is_refused = tally.refused_by_both + tally.all_left_out() > 0;
    if (tries + 1 >= kTriesMin && (is_enough || is_refused)) break;
  }
  return tally;
}

void check_construct(const Construct& construct, const Tally& tally) {
  INFO(construct.name << ": " << tally.same << " pairs of " << tally.expressions
                      << " expressions are the same, " << tally.values << " are values, "
                      << tally.refused_by_both << " refused by both, left out "
                      << tally.all_left_out());
  CHECK(tally.same >= kPairsPerConstruct);
  CHECK(tally.values > 0);
  CHECK(tally.refused_by_both == 0);
  CHECK(tally.all_left_out() == 0);
}

void run(std::uint64_t seed, std::size_t count) {
  Comparison comparison(seed);
  Tally tally;
  for (std::size_t i = 0; i < count; ++i) {
    ExpressionMaker& maker = comparison.maker();
    comparison.compare(maker.expression(maker.any_kind(), 3), tally);
  }
  std::string reasons;
  for (const auto& [reason, expressions] : tally.left_out) {
    reasons += "\n  " + reason + " " + std::to_string(expressions);
  }
  WARN("seed " << seed << ": " << tally.same << " pairs are the same, " << tally.values
               << " values; dates left out " << tally.left_out_pairs
               << "; expressions refused by both " << tally.refused_by_both << ", left out"
               << reasons);
  CHECK(tally.values > kRows * count / 3);
  CHECK(tally.left_out_pairs < kRows * count / 20);
  CHECK(tally.all_left_out() < count / 15);
}

}  // namespace

TEST_CASE("oracle: each promised construct and cast is there and the same",
          "[sql][oracle][server]") {
  Comparison comparison(20261122);
  for (const Construct& construct : test::promised_constructs()) {
    check_construct(construct, compare_construct(comparison, construct));
  }
  std::size_t left_out = 0;
  for (const Construct& cast : test::casts_of_promised_types()) {
    const Tally tally = compare_construct(comparison, cast);
    const bool is_there = tally.refused_by_both < tally.expressions;
    const bool is_left_out = tally.left_out.contains("jsonb as a number or a bool");
    left_out += is_left_out ? 1 : 0;
    if (is_there && !is_left_out) check_construct(cast, tally);
  }
  CHECK(left_out == 8);  // to bool, six numbers, and numeric(10,2)
}

// What lower() makes of a letter shows it: "C" knows those of ASCII only.
TEST_CASE("oracle: a text has the collation that PostgreSQL gives it", "[sql][oracle][server]") {
  Comparison comparison(20261124);
  std::size_t left_out = 0;
  for (const std::string& text : test::texts_with_collations()) {
    for (const std::string function : {"lower", "upper"}) {
      Tally tally;
      for (std::size_t tries = 0; tries < kTriesMin; ++tries) {
        comparison.compare(function + "(" + comparison.maker().filled(text) + ")", tally);
      }
      INFO(function << " of " << text);
      CHECK((tally.values > 0 || tally.left_out.contains("lower and upper of several collations")));
      left_out += tally.all_left_out() > 0 ? 1 : 0;
    }
  }
  CHECK(left_out == 18);  // nine in which columns of several collations meet
}

TEST_CASE("oracle: nested expressions mean what they mean in PostgreSQL", "[sql][oracle][server]") {
  run(20261121, 700);
}

// By hand: slotcast_tests "[oracle-campaign]", with another seed each time.
TEST_CASE("oracle: many expressions", "[.][oracle-campaign]") {
  SystemRandom random;
  for (int i = 0; i < 20; ++i) run(random.next() % 1'000'000, 2000);
}
