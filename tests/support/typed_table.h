#pragma once

#include <string>
#include <vector>

#include "lib/pg/connection.h"
#include "tests/support/changes.h"

// A table with a column for each of typed_samples().

namespace slotcast::test {

std::string typed_column(std::size_t i);

// The table `kept`, a row for each value of the column that has most; one of all NULL.
void fill_typed_table(pg::Connection& connection);

// Its cells as the types' own output functions print them, row by row.
std::vector<std::vector<Value>> typed_cells(pg::Connection& connection);

}  // namespace slotcast::test
