#pragma once

#include <string>
#include <string_view>

#include "lib/base/result.h"

// Which tables a route is about: "schema.table", where '*' stands for any run of characters and '?'
// for one. Names are taken as they are stored: unquoted ones are not folded to lower case, so that
// what a user reads in the catalog is what they write. A part in double quotes ("My.Schema") holds
// no wildcards, and "" in it is one quote.

namespace slotcast::route {

class TablePattern {
 public:
  // Invalid, with the offset, when `text` is not a pattern.
  static Result<TablePattern> parse(std::string_view text);

  bool matches(std::string_view schema, std::string_view table) const;
  // True without wildcards: exactly one table is meant, and it should exist.
  bool is_exact() const { return !schema_.has_wildcard && !table_.has_wildcard; }
  const std::string& schema() const { return schema_.text; }  // of an exact pattern
  const std::string& table() const { return table_.text; }
  const std::string& text() const { return text_; }

 private:
  struct Part {
    std::string text;
    bool has_wildcard = false;
    bool matches(std::string_view name) const;
  };
  static Result<Part> parse_part(std::string_view text, std::size_t& at);

  std::string text_;
  Part schema_;
  Part table_;
};

}  // namespace slotcast::route
