#pragma once

#include <vector>

#include "lib/base/result.h"
#include "lib/sql/library.h"
#include "lib/sql/typed.h"

// From syntax to typed nodes, bottom up, as PostgreSQL's parser does it. Errors are Invalid, with
// PostgreSQL's words where it has some; offset() says where in the text.

namespace slotcast::sql {

// Lives for one expression.
class Resolver {
 public:
  explicit Resolver(const Scope& scope) : scope_(scope) {}

  Result<Typed> resolve(const Syntax& syntax);
  // A literal that nothing gave a type becomes text; then the expression as users of it see it.
  Result<Expression> finish(Typed typed);
  // As a condition: boolean, or an error that names `what` ("WHERE", "AND").
  Result<Typed> to_boolean(Typed typed, const char* what);

  std::uint32_t offset() const { return offset_; }

 private:
  // resolve_values.cpp
  Result<Typed> column(const Syntax& syntax);
  Result<Typed> number(const Syntax& syntax);
  Result<Typed> cast(const Syntax& syntax);
  Result<Typed> collate(const Syntax& syntax);
  Typed constant(const Type& type, const Value& value, std::uint32_t offset) const;

  // resolve_logic.cpp
  Result<Typed> junction(const Syntax& syntax);
  Result<Typed> negation(const Syntax& syntax);
  Result<Typed> null_test(const Syntax& syntax);
  Result<Typed> is_null_test(const Syntax& tested, bool is_negated, std::uint32_t offset);
  Result<Typed> boolean_test(const Syntax& syntax);
  Result<Typed> distinct(const Syntax& syntax);
  Result<Typed> between(const Syntax& syntax);
  Result<Typed> in_list(const Syntax& syntax);
  // What several comparisons share: evaluated once and bound, unless it is a constant, of which
  // each has its own.
  struct Operand {
    Typed typed;
    std::uint32_t id = 0;
  };
  Result<Operand> operand(const Syntax& syntax);
  Typed bound(const Operand& operand) const;
  Result<Typed> compare(const Operand& operand, const char* sign, Typed other,
                        std::uint32_t offset);
  Typed bind(Operand operand, Typed body) const;
  Result<Typed> join(bool is_and, std::vector<Typed> conditions, std::uint32_t offset);
  Result<Typed> negated(Typed typed, bool is_negated);

  // resolve_choices.cpp
  Result<Typed> choose_case(const Syntax& syntax);
  Typed make_case(std::optional<Operand> value, std::vector<Typed> conditions,
                  std::vector<Typed> results, const Type& type, std::uint32_t offset) const;
  Result<Typed> coalesce(const Syntax& syntax);
  Result<Typed> null_if(const Syntax& syntax);
  Result<Typed> extreme(const Syntax& syntax);
  Result<Type> common_type(const std::vector<Typed>& typed, const char* what);
  Result<std::vector<Typed>> all(const Syntax& syntax, std::size_t from = 0);
  Status convert_all(std::vector<Typed>& typed, const Type& to);

  // resolve_calls.cpp
  Result<Typed> operation(const Syntax& syntax);
  Result<Typed> like(const Syntax& syntax);
  Result<Typed> function(const Syntax& syntax);
  Result<Typed> concat(std::vector<Typed> arguments, std::uint32_t offset);
  Result<Typed> call_operator(std::string_view sign, std::vector<Typed> arguments,
                              std::uint32_t offset);
  Result<Typed> call(const Function& function, std::vector<Typed> arguments, std::uint32_t offset);
  Status give_arguments_their_types(const Function& function, std::vector<Typed>& arguments);
  Result<Typed> fold(Typed typed, bool is_constant);
  Status append_text_of_other(std::vector<Typed>& arguments, std::uint32_t offset);

  // conversion.cpp
  Result<Typed> convert(Typed typed, const Type& to, bool is_explicit);
  Result<Typed> convert_literal(Typed typed, const Type& to);
  Result<Typed> convert_value(Typed typed, const Type& to, bool is_explicit);
  Result<Typed> fit(Typed typed, const Type& to, bool is_explicit);
  Result<Typed> as_text(Typed typed);

  // collation.cpp
  Result<Collation> common_collation(const std::vector<Typed>& typed);
  static bool is_mixed(const std::vector<Typed>& typed);
  Status check_collation(std::string_view name, const std::vector<Typed>& arguments,
                         std::uint32_t offset);

  Error refuse(std::uint32_t offset, std::string what);

  const Scope& scope_;
  std::vector<std::uint32_t> columns_;  // those named
  bool asks_metadata_ = false;
  std::uint32_t bindings_ = 0;
  std::uint32_t offset_ = 0;
};

}  // namespace slotcast::sql
