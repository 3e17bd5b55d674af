#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lib/sql/syntax_places.h"

namespace slotcast::route {

// What `where` and `select` of one route say, parsed and not yet bound to a table. Immutable, and
// shared by the sinks of the route.
struct Shaping {
  enum class Clause { Where, Select };

  std::string route;                    // "routes[1]": for people
  sql::SyntaxPtr where;                 // null: every row
  std::string where_text;               // as written: a publication's filter is made of it
  std::string select_text;              // as written
  std::vector<sql::SelectItem> select;  // empty: every column
  // Where in the configuration a byte of a clause stands: "pipeline.yaml:14:33".
  std::function<std::string(Clause clause, std::uint32_t offset)> place;

  Error refusal(Clause clause, const sql::Complaint& complaint) const {
    return invalid(place(clause, complaint.offset) + ": " + route +
                   (clause == Clause::Where ? ".where: " : ".select: ") + complaint.what);
  }
  // About all that the route says.
  Error refusal(const std::string& what) const {
    if (where) return refusal(Clause::Where, {what, sql::begin_of(*where)});
    return refusal(Clause::Select, {what, select.front().offset});
  }
};

}  // namespace slotcast::route
