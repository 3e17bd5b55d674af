#pragma once

#include <optional>
#include <string>

#include "lib/sql/syntax.h"

// PostgreSQL's own grammar, as libpg_query has it.

namespace slotcast::sql {

struct Parse {
  std::string tree;  // JSON
  std::optional<Complaint> complaint;
};

// `statements` is valid UTF-8 without a zero byte. The offset of a complaint is of its bytes.
//
// Threads: any; one at a time is served, by a thread that lives as long as the process. Not to be
// called in a child of fork(), which has no such thread.
Parse read_statements(const std::string& statements);

}  // namespace slotcast::sql
