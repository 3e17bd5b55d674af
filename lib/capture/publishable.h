#pragma once

#include <map>
#include <string>
#include <vector>

#include "lib/pg/publication_table.h"
#include "lib/route/pushdown.h"

namespace slotcast::capture {

// What the server knows of `tables`, as far as it decides what a publication may leave out of them;
// by full name. One that does not exist is left out.
Result<std::map<std::string, route::Publishable>> read_publishables(
    pg::Connection& sql, const std::vector<pg::SourceTable>& tables);

// As SQL wants it.
pg::Narrowing narrowing_of(const route::Pushdown& pushdown);

// Two column lists; empty: all columns.
bool has_columns(const std::string& sent, const std::string& needed);

// The server checks a column list against the identity at each UPDATE and DELETE: where it does not
// cover it, they fail at the application.
bool covers_identity(const pg::Narrowing& now, const route::Publishable& table);

}  // namespace slotcast::capture
