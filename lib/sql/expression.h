#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/change/change.h"
#include "lib/sql/builtin.h"
#include "lib/sql/frame.h"
#include "lib/sql/syntax.h"
#include "lib/sql/type.h"

// A parsed expression, resolved against the columns of one table: typed as PostgreSQL would type
// it, and ready to be asked for each row.
//
//     text ─▶ parse ─▶ Syntax ─▶ resolve ─▶ Expression ─▶ evaluate, row by row ─▶ Value ─▶ text

namespace slotcast::sql {

struct ScopeColumn {
  std::string name;
  Type type;
};

// What an expression may name: the columns of the row, in the order of its cells, columns that
// other tables of the route have and this one has not (they are NULL), and the metadata
//   _op text, _lsn text, _seq int8, _ts timestamptz, _xid int8, _schema text, _table text.
struct Scope {
  std::vector<ScopeColumn> columns;
  std::vector<ScopeColumn> absent;
};

enum class Outcome {
  Ok,
  Failed,     // frame.sqlstate() and frame.message() say why
  Unchanged,  // it needs a cell that the server did not send
};

class Node;

// Immutable. Threads: any, each with a frame of its own.
class Expression {
 public:
  Expression(std::unique_ptr<const Node> root, Type type, std::vector<std::uint32_t> columns);
  Expression(Expression&&) noexcept;
  Expression& operator=(Expression&&) noexcept;
  ~Expression();

  const Type& type() const { return type_; }
  // The scope's columns it names, ascending.
  const std::vector<std::uint32_t>& columns() const { return columns_; }
  // Set when it is no more than a column, or a cast of one that keeps different values different.
  std::optional<std::uint32_t> plain_column() const { return plain_column_; }
  bool is_bare_column() const { return is_bare_column_; }
  // The same for every row.
  bool is_constant() const { return is_constant_; }
  // It asks for metadata that each change has its own of: all but _schema and _table.
  bool asks_metadata() const { return asks_metadata_; }

  // `cells` are the row the columns are of: change.row, or change.old.
  Outcome evaluate(Frame& frame, const Change& change, Cells cells, Value& value) const;
  // For a condition: false for NULL.
  Outcome test(Frame& frame, const Change& change, Cells cells, bool& is_true) const;
  // The value as PostgreSQL prints it; a Null, Text or Unchanged cell. Valid until frame.reset().
  Outcome evaluate_cell(Frame& frame, const Change& change, Cells cells, Cell& cell) const;

 private:
  friend class Resolver;
  std::unique_ptr<const Node> root_;
  Type type_;
  Output output_ = nullptr;  // of its type; null when the text is the value
  std::vector<std::uint32_t> columns_;
  std::optional<std::uint32_t> plain_column_;
  bool is_bare_column_ = false;
  bool is_constant_ = false;
  bool asks_metadata_ = false;
};

// Either has a value or a complaint, which names the types as PostgreSQL does.
struct Resolved {
  std::optional<Expression> expression;
  std::optional<Complaint> complaint;
};

// `where`: must be boolean.
Resolved resolve_condition(const Syntax& syntax, const Scope& scope);
Resolved resolve_value(const Syntax& syntax, const Scope& scope);
// Checks names of functions and operators and their numbers of arguments only: nothing is known of
// the columns.
std::optional<Complaint> check_names(const Syntax& syntax);

}  // namespace slotcast::sql
