#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"

// `where` and `select` of a route as PostgreSQL's own grammar reads them, before anything is known
// of the tables. Only what expressions of routes may be made of has a place here; the rest is
// refused when it is parsed.

namespace slotcast::sql {

struct TypeName {
  std::string name;  // "int8", "varchar": the catalog's name (pg_type.typname), without a schema
  std::vector<std::int32_t> modifiers;  // as written: numeric(10, 2) has {10, 2}
};

struct Syntax;
using SyntaxPtr = std::unique_ptr<Syntax>;

struct Syntax {
  enum class Kind : std::uint8_t {
    Column,      // name
    String,      // text: a quoted literal, of unknown type; B'' and X'' are refused
    Number,      // text: "12", "-1", "1.50", "1e10"; see below
    Boolean,     // is_true
    Null,        //
    Cast,        // arguments[0], type; also written by a function's or a literal's form (DATE '…')
    Collate,     // arguments[0], name
    Operator,    // name ("+", "=", "||", "->"), one or two arguments
    And,         // two or more arguments
    Or,          // two or more
    Not,         // one
    IsNull,      // one; is_negated
    IsBoolean,   // one; name: "true", "false", "unknown"; is_negated
    IsDistinct,  // two; is_negated: IS NOT DISTINCT FROM
    In,          // the value, then one or more of the list; is_negated
    Between,     // value, low, high; is_negated. SYMMETRIC is refused
    Like,        // text, pattern; is_negated. ESCAPE: a third argument. ILIKE is refused
    Case,        // pairs (condition, result), then the ELSE; `has_operand`: the operand comes first
    Coalesce,    // one or more
    NullIf,      // two
    Greatest,    // one or more
    Least,       // one or more
    Function,    // name, arguments
  };

  // A number is as PostgreSQL's grammar leaves it: an integer that fits int4 without leading zeros,
  // any other as written; a minus before it is its first character, also from -(5), and two have
  // cancelled each other: so -1 ^ 2 is (-1) ^ 2. What it looks like says its type: int4, else int8
  // if it is an integer that fits ("-2147483648" is int4), else numeric.

  Kind kind = Kind::Null;
  std::uint32_t offset = 0;  // in the text, in bytes
  std::string name;
  std::string text;
  TypeName type;
  bool is_true = false;
  bool is_negated = false;
  bool has_operand = false;
  bool has_else = false;
  std::vector<SyntaxPtr> arguments;
};

// One item of a select list.
struct SelectItem {
  SyntaxPtr expression;  // null: *
  std::string name;      // AS name; a plain column's own name without; never empty but for *
  std::uint32_t offset = 0;
};

// What is wrong with a text, and where.
struct Complaint {
  std::string what;          // "CREATE TABLE is not an expression"
  std::uint32_t offset = 0;  // in the text, in bytes
};

template <class T>
struct Parsed {
  T value{};
  std::optional<Complaint> complaint;
};

inline constexpr std::size_t kTextBytesMax = 16 * 1024;
inline constexpr int kDepthMax = 256;

// Threads: any. Never crash, whatever the text.
Parsed<SyntaxPtr> parse_where(std::string_view text);
Parsed<std::vector<SelectItem>> parse_select(std::string_view text);

}  // namespace slotcast::sql
