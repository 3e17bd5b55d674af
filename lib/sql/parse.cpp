#include <simdjson.h>

#include <algorithm>
#include <unordered_set>

#include "lib/sql/grammar.h"
#include "lib/sql/lexis.h"
#include "lib/sql/syntax.h"
#include "lib/sql/syntax_reader.h"

namespace slotcast::sql {
namespace {

// The user's text is the end of a statement, so that nothing of ours is behind it for his
// comments, quotes and parentheses to reach. PostgreSQL takes a SELECT of no columns.
constexpr std::string_view kBeforeWhere = "SELECT WHERE ";
constexpr std::string_view kBeforeSelect = "SELECT ";

// JSON has at most five levels for one of ours (CASE).
constexpr std::size_t kJsonDepthMax = 8 * kDepthMax;

// All reserved: where one stands by itself, a clause begins.
constexpr struct {
  std::string_view word;
  std::string_view clause;
} kClauses[] = {
    {"distinct", "DISTINCT"}, {"into", "INTO"},      {"from", "FROM"},
    {"where", "WHERE"},       {"group", "GROUP BY"}, {"having", "HAVING"},
    {"window", "WINDOW"},     {"union", "UNION"},    {"intersect", "INTERSECT"},
    {"except", "EXCEPT"},     {"order", "ORDER BY"}, {"limit", "LIMIT"},
    {"offset", "OFFSET"},     {"fetch", "FETCH"},    {"for", "FOR UPDATE (or SHARE)"},
};

std::string lower(std::string_view word) {
  std::string text(word);
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

// The first clause that a statement has behind its expressions.
std::optional<Complaint> find_clause(std::string_view text) {
  int depth = 0;
  std::string before;
  for (Token token = next_token(text, 0); !token.text.empty();
       token = next_token(text, token.begin + token.text.size())) {
    depth += token.text == "(" || token.text == "[" ? 1 : 0;
    depth -= token.text == ")" || token.text == "]" ? 1 : 0;
    const std::string word = token.is_word && depth == 0 ? lower(token.text) : "";
    // AS from, x.from, IS NOT DISTINCT FROM and WITHIN GROUP begin no clause.
    const bool continues = before == "as" || before == "." || before == "is" || before == "not" ||
                           before == "distinct" || before == "within";
    for (const auto& [key, clause] : kClauses) {
      if (word != key || continues) continue;
      return Complaint{std::string(clause) + " cannot be used in a route",
                       static_cast<std::uint32_t>(token.begin)};
    }
    before = word.empty() ? std::string(token.text) : word;
  }
  return std::nullopt;
}

// One text, with the statement that was made of it.
class Text {
 public:
  Text(std::string_view before, std::string_view text)
      : before_(before.size()),
        text_(text),
        statements_(std::string(before) + std::string(text)),
        reader_(statements_, before_) {}
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;

  // False when there is a complaint.
  bool parse(std::string_view wanted);
  const JsonNode& select() const { return select_; }
  SyntaxReader& reader() { return reader_; }

  bool complain(std::string what, std::size_t offset) {
    complaint_ = {std::move(what), static_cast<std::uint32_t>(std::min(offset, text_.size()))};
    return false;
  }
  std::optional<Complaint> complaint() const {
    return complaint_ ? complaint_ : reader_.complaint();
  }

 private:
  bool check_bytes();
  bool read_tree(const std::string& tree);
  bool check_statement(const JsonNode& statement);

  std::size_t before_;
  std::string_view text_;
  std::string statements_;
  simdjson::dom::parser parser_;
  SyntaxReader reader_;
  JsonNode select_;
  std::optional<Complaint> complaint_;
};

bool Text::check_bytes() {
  if (text_.size() > kTextBytesMax) {
    return complain("longer than " + std::to_string(kTextBytesMax) + " bytes", kTextBytesMax);
  }
  const std::size_t zero = text_.find('\0');
  if (zero != std::string_view::npos) return complain("has a zero byte", zero);
  if (!simdjson::validate_utf8(text_)) return complain("is not valid UTF-8", 0);
  if (skip_blanks(text_, 0) == text_.size()) return complain("an expression is missing", 0);
  return true;
}

bool Text::parse(std::string_view wanted) {
  if (!check_bytes()) return false;
  const Parse parse = read_statements(statements_);
  if (parse.complaint) {
    const std::size_t offset = parse.complaint->offset;
    return complain(parse.complaint->what, offset < before_ ? 0 : offset - before_);
  }
  if (!read_tree(parse.tree)) return false;
  for (const std::string_view key : select_.keys()) {
    const bool is_known = key == wanted || key == "limitOption" || key == "op";
    if (is_known) continue;
    complaint_ = find_clause(text_);
    return complaint_ ? false : complain("this is not an expression (" + std::string(key) + ")", 0);
  }
  return select_.has(wanted) || complain("this is not an expression", 0);
}

bool Text::read_tree(const std::string& tree) {
  simdjson::dom::object root;
  simdjson::dom::array statements;
  if (parser_.allocate(tree.size(), kJsonDepthMax) != simdjson::SUCCESS) {
    return complain("not enough memory to parse it", 0);
  }
  const simdjson::error_code error = parser_.parse(tree).get(root);
  if (error == simdjson::DEPTH_ERROR) return complain(nested_too_deep(), 0);
  if (error != simdjson::SUCCESS || root.at_key("stmts").get(statements) != simdjson::SUCCESS) {
    return complain("cannot be read", 0);
  }
  simdjson::dom::object first;
  if (statements.at(0).get(first) != simdjson::SUCCESS) return complain("cannot be read", 0);
  return check_statement(JsonNode(first));
}

bool Text::check_statement(const JsonNode& statement) {
  // Only a statement with a semicolon behind it has a length.
  const std::int64_t length = statement.number("stmt_len", 0);
  if (length > 0) {
    const std::int64_t end = statement.number("stmt_location", 0) + length;
    return complain("a semicolon cannot be used in a route",
                    static_cast<std::size_t>(end) - before_);
  }
  select_ = statement.child("stmt");
  return select_.type() == "SelectStmt" || complain("this is not an expression", 0);
}

bool read_item(Text& text, const JsonNode& target, SelectItem& item) {
  item.offset = text.reader().offset_of(target, 0);
  item.name = target.text("name");
  const JsonNode value = target.child("val");
  const std::vector<JsonNode> fields = value.list("fields");
  const bool is_column = value.type() == "ColumnRef";
  if (is_column && fields.size() == 1 && fields[0].type() == "A_Star") return true;
  item.expression = text.reader().read(value, item.offset);
  if (!item.expression) return false;
  if (item.name.empty() && !is_column) {
    return text.complain("name it: expression AS name", item.offset);
  }
  if (item.name.empty()) item.name = item.expression->name;
  return true;
}

bool read_items(Text& text, std::vector<SelectItem>& items) {
  std::unordered_set<std::string> names;
  for (const JsonNode& target : text.select().list("targetList")) {
    SelectItem item;
    if (!read_item(text, target, item)) return false;
    if (!names.insert(item.name).second) {
      return text.complain(
          item.expression ? "a second column with the name " + item.name : "a second *",
          item.offset);
    }
    items.push_back(std::move(item));
  }
  return true;
}

}  // namespace

Parsed<SyntaxPtr> parse_where(std::string_view text) {
  Parsed<SyntaxPtr> parsed;
  Text whole(kBeforeWhere, text);
  if (whole.parse("whereClause")) {
    parsed.value = whole.reader().read(whole.select().child("whereClause"), 0);
  }
  parsed.complaint = whole.complaint();
  return parsed;
}

Parsed<std::vector<SelectItem>> parse_select(std::string_view text) {
  Parsed<std::vector<SelectItem>> parsed;
  Text whole(kBeforeSelect, text);
  if (whole.parse("targetList") && !read_items(whole, parsed.value)) parsed.value.clear();
  parsed.complaint = whole.complaint();
  return parsed;
}

}  // namespace slotcast::sql
