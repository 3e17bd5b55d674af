#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/sql/json_node.h"
#include "lib/sql/syntax.h"

namespace slotcast::sql {

// What is said of more than kDepthMax.
std::string nested_too_deep();

// Makes Syntax of PostgreSQL's tree. What it does not know by name it refuses: nodes, their kinds,
// and every member that says more than the ones that are read.
class SyntaxReader {
 public:
  // The tree is one of `statements`; the user's text is what follows the first `before` bytes.
  SyntaxReader(std::string_view statements, std::size_t before)
      : statements_(statements), before_(before) {}

  // Null when refused: complaint() says why. `near` is the offset of what has none itself.
  SyntaxPtr read(const JsonNode& node, std::uint32_t near);
  std::uint32_t offset_of(const JsonNode& node, std::uint32_t near) const;
  const std::optional<Complaint>& complaint() const { return complaint_; }

 private:
  // One for each type of node. False when refused.
  using Form = bool (SyntaxReader::*)(const JsonNode&, Syntax&);
  struct NamedForm;
  static Form form_of(std::string_view type);
  static Form form_of_operator(std::string_view kind);

  bool read_column(const JsonNode& node, Syntax& syntax);
  bool read_constant(const JsonNode& node, Syntax& syntax);
  bool read_cast(const JsonNode& node, Syntax& syntax);
  bool read_collate(const JsonNode& node, Syntax& syntax);
  bool read_function(const JsonNode& node, Syntax& syntax);
  bool read_logic(const JsonNode& node, Syntax& syntax);
  bool read_null_test(const JsonNode& node, Syntax& syntax);
  bool read_boolean_test(const JsonNode& node, Syntax& syntax);
  bool read_case(const JsonNode& node, Syntax& syntax);
  bool read_coalesce(const JsonNode& node, Syntax& syntax);
  bool read_extreme(const JsonNode& node, Syntax& syntax);
  // The kinds of A_Expr.
  bool read_any_operator(const JsonNode& node, Syntax& syntax);
  bool read_operator(const JsonNode& node, Syntax& syntax);
  bool read_distinct(const JsonNode& node, Syntax& syntax);
  bool read_null_if(const JsonNode& node, Syntax& syntax);
  bool read_in(const JsonNode& node, Syntax& syntax);
  bool read_between(const JsonNode& node, Syntax& syntax);
  bool read_like(const JsonNode& node, Syntax& syntax);

  bool read_type(const JsonNode& names, std::uint32_t offset, TypeName& type);
  bool read_modifiers(const JsonNode& names, std::uint32_t offset, TypeName& type);
  std::optional<std::string> integer_of(const JsonNode& constant) const;
  bool add(const JsonNode& node, Syntax& syntax);
  bool add_all(const std::vector<JsonNode>& nodes, Syntax& syntax);
  bool knows(const JsonNode& node, std::initializer_list<std::string_view> keys,
             std::uint32_t offset);
  bool refuse(const std::string& construct, std::uint32_t offset);
  bool complain(std::string what, std::uint32_t offset);

  std::string_view statements_;
  std::size_t before_ = 0;
  int depth_ = 0;
  std::optional<Complaint> complaint_;
};

}  // namespace slotcast::sql
