#include "lib/route/harmless.h"

#include <algorithm>
#include <array>

#include "lib/sql/library.h"

namespace slotcast::route {
namespace {

using sql::Kind;
using sql::Syntax;

constexpr std::array<std::string_view, 7> kComparisons = {"=", "<>", "!=", "<", "<=", ">", ">="};

// Their comparisons fail for no value, and mean the same in every session.
bool is_plain(Kind kind) {
  switch (kind) {
    case Kind::Json:
    case Kind::Jsonb:
    case Kind::Bytea:
    case Kind::Enum:
    case Kind::Other:
      return false;
    default:
      return true;
  }
}

bool is_time(Kind kind) {
  return kind == Kind::Date || kind == Kind::Time || kind == Kind::Timestamp ||
         kind == Kind::Timestamptz;
}

// "now" and "today" mean another moment each time they are read, and a time without a zone another
// one in each session: somebody else may run the statement.
bool is_moment(Kind kind, const std::string& text) {
  constexpr std::size_t kDateSize = 10;  // 2026-01-01
  const bool is_number = !text.empty() && text[0] >= '0' && text[0] <= '9';
  const bool has_zone =
      text.size() > kDateSize && text.find_first_of("+-Zz", kDateSize) != std::string::npos;
  return is_number && (kind != Kind::Timestamptz || has_zone);
}

bool is_float(Kind kind) {
  return kind == Kind::Float4 || kind == Kind::Float8;
}

bool is_sign(const Syntax& syntax) {
  return syntax.kind == Syntax::Kind::Operator && syntax.arguments.size() == 1 &&
         (syntax.name == "-" || syntax.name == "+");
}

// What a comparison compares.
struct Operand {
  Kind kind = Kind::Unknown;  // of a literal or NULL: as the other side
  const std::string* literal = nullptr;
  bool is_number_literal = false;
};

// A literal becomes the other side's when the filter is read, once. Between numbers a conversion to
// a wider kind fails for no value; from numeric to float it may.
bool is_comparable(const Operand& a, const Operand& b) {
  if (!is_plain(a.kind) || !is_plain(b.kind)) return false;
  for (const auto& [one, other] : {std::pair(&a, &b), std::pair(&b, &a)}) {
    if (one->kind != Kind::Unknown) continue;
    return one->literal == nullptr || !is_time(other->kind) ||
           is_moment(other->kind, *one->literal);
  }
  if (a.kind == b.kind || (sql::is_text(a.kind) && sql::is_text(b.kind))) return true;
  if (!sql::is_number(a.kind) || !sql::is_number(b.kind)) return false;
  const bool has_literal = a.is_number_literal || b.is_number_literal;
  const bool has_numeric = a.kind == Kind::Numeric || b.kind == Kind::Numeric;
  return has_literal || !(has_numeric && (is_float(a.kind) || is_float(b.kind)));
}

class Judge {
 public:
  explicit Judge(const sql::Scope& scope) : scope_(scope) {}

  bool condition(const Syntax& syntax);
  const std::optional<sql::Complaint>& complaint() const { return complaint_; }

 private:
  bool refuse(const Syntax& syntax, std::string what) {
    if (!complaint_) complaint_ = sql::Complaint{std::move(what), syntax.offset};
    return false;
  }
  const sql::ScopeColumn* column(const Syntax& syntax);
  std::optional<Operand> operand(const Syntax& syntax);
  bool comparison(const Syntax& syntax, const Syntax& a, const Syntax& b);
  bool all_compare(const Syntax& syntax);
  bool like(const Syntax& syntax);

  const sql::Scope& scope_;
  std::optional<sql::Complaint> complaint_;
};

const sql::ScopeColumn* Judge::column(const Syntax& syntax) {
  const auto is_it = [&](const sql::ScopeColumn& each) { return each.name == syntax.name; };
  const auto found = std::find_if(scope_.columns.begin(), scope_.columns.end(), is_it);
  if (found != scope_.columns.end()) return &*found;
  refuse(syntax, syntax.name + " is not a column of the table");
  return nullptr;
}

std::optional<Operand> Judge::operand(const Syntax& syntax) {
  switch (syntax.kind) {
    case Syntax::Kind::Column: {
      const sql::ScopeColumn* found = column(syntax);
      if (found == nullptr) return std::nullopt;
      return Operand{found->type.kind, nullptr, false};
    }
    case Syntax::Kind::String:
      if (syntax.text.find('\\') != std::string::npos) break;
      return Operand{Kind::Unknown, &syntax.text, false};
    case Syntax::Kind::Null:
      return Operand{};
    case Syntax::Kind::Boolean:
      return Operand{Kind::Bool, nullptr, false};
    case Syntax::Kind::Number:
      return Operand{Kind::Numeric, nullptr, true};
    case Syntax::Kind::Operator:
      if (is_sign(syntax) && syntax.arguments[0]->kind == Syntax::Kind::Number) {
        return Operand{Kind::Numeric, nullptr, true};
      }
      break;
    case Syntax::Kind::Cast: {
      // A literal of a type, DATE '2026-01-01', is read with the filter.
      const Kind kind = sql::kind_named(syntax.type.name);
      const Syntax& value = *syntax.arguments[0];
      const bool is_literal = value.kind == Syntax::Kind::String && syntax.type.modifiers.empty() &&
                              value.text.find('\\') == std::string::npos;
      if (!is_literal || (is_time(kind) && !is_moment(kind, value.text))) break;
      return Operand{kind, nullptr, false};
    }
    default:
      break;
  }
  // What a backslash means is a setting of the session that runs the statement.
  refuse(syntax, "only columns and constants without a backslash are compared in a publication");
  return std::nullopt;
}

bool Judge::comparison(const Syntax& syntax, const Syntax& a, const Syntax& b) {
  const auto left = operand(a);
  const auto right = left ? operand(b) : std::nullopt;
  if (!left || !right) return false;
  if (is_comparable(*left, *right)) return true;
  return refuse(syntax, "a comparison of these types might fail, or is not known not to");
}

// IN and BETWEEN: the first with each of the others.
bool Judge::all_compare(const Syntax& syntax) {
  const auto& arguments = syntax.arguments;
  return std::all_of(arguments.begin() + 1, arguments.end(), [&](const sql::SyntaxPtr& each) {
    return comparison(syntax, *arguments[0], *each);
  });
}

// A pattern fails when it ends in its escape character, and a text when its collation is
// nondeterministic.
bool Judge::like(const Syntax& syntax) {
  const Syntax& text = *syntax.arguments[0];
  const Syntax& pattern = *syntax.arguments[1];
  const sql::ScopeColumn* found = text.kind == Syntax::Kind::Column ? column(text) : nullptr;
  const bool is_safe = found != nullptr && sql::is_text(found->type.kind) &&
                       found->type.collation != sql::Collation::Forbidden &&
                       syntax.arguments.size() == 2 && pattern.kind == Syntax::Kind::String &&
                       pattern.text.find('\\') == std::string::npos;
  return is_safe || refuse(syntax,
                           "LIKE goes into a publication with a column of text and a "
                           "constant pattern without a backslash only");
}

bool Judge::condition(const Syntax& syntax) {
  const auto& arguments = syntax.arguments;
  switch (syntax.kind) {
    case Syntax::Kind::And:
    case Syntax::Kind::Or:
    case Syntax::Kind::Not:
    case Syntax::Kind::IsBoolean:
      return std::all_of(arguments.begin(), arguments.end(),
                         [&](const sql::SyntaxPtr& each) { return condition(*each); });
    case Syntax::Kind::Boolean:
    case Syntax::Kind::Null:
      return true;
    case Syntax::Kind::Column: {
      const sql::ScopeColumn* found = column(syntax);
      if (found == nullptr) return false;
      return found->type.kind == Kind::Bool || refuse(syntax, "this is no condition");
    }
    case Syntax::Kind::IsNull:
      if (arguments[0]->kind == Syntax::Kind::Column) return column(*arguments[0]) != nullptr;
      return operand(*arguments[0]).has_value();
    case Syntax::Kind::IsDistinct:
      return comparison(syntax, *arguments[0], *arguments[1]);
    case Syntax::Kind::In:
    case Syntax::Kind::Between:
      return all_compare(syntax);
    case Syntax::Kind::Like:
      return like(syntax);
    case Syntax::Kind::Operator:
      if (arguments.size() == 2 &&
          std::find(kComparisons.begin(), kComparisons.end(), syntax.name) != kComparisons.end()) {
        return comparison(syntax, *arguments[0], *arguments[1]);
      }
      break;
    default:
      break;
  }
  return refuse(syntax,
                "only comparisons, IS NULL, IN, BETWEEN and LIKE, with AND, OR and NOT, go into a "
                "publication");
}

}  // namespace

std::optional<sql::Complaint> find_harm(const sql::Syntax& condition, const sql::Scope& scope) {
  Judge judge(scope);
  judge.condition(condition);
  return judge.complaint();
}

}  // namespace slotcast::route
