#include "tests/support/typed_table.h"

#include <algorithm>

#include "tests/support/copy_in.h"
#include "tests/support/typed_samples.h"

namespace slotcast::test {
namespace {

std::string text_of_hex(const std::string& hex) {
  std::string text;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    text += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return text;
}

}  // namespace

std::string typed_column(std::size_t i) {
  return "c" + std::to_string(i);
}

void fill_typed_table(pg::Connection& connection) {
  query(connection, kTypesOfTheirOwn);
  std::string columns;
  std::size_t rows = 0;
  for (std::size_t i = 0; i < typed_samples().size(); ++i) {
    columns += ", " + typed_column(i) + " " + typed_samples()[i].type;
    rows = std::max(rows, typed_samples()[i].values.size());
  }
  query(connection, "CREATE TABLE kept (_seq integer" + columns + ")");
  for (std::size_t row = 0; row < rows; ++row) {
    std::string values = std::to_string(row + 1);
    for (const TypedSample& sample : typed_samples()) {
      values += ", " + (row < sample.values.size() ? sample.values[row] : "NULL");
    }
    query(connection, "INSERT INTO kept VALUES (" + values + ")");
  }
  query(connection, "INSERT INTO kept VALUES (" + std::to_string(rows + 1) + ")");
}

// format('%s') prints by the output function; IS NULL is true of a row of NULLs, num_nulls() is
// not.
std::vector<std::vector<Value>> typed_cells(pg::Connection& connection) {
  std::string list;
  for (std::size_t i = 0; i < typed_samples().size(); ++i) {
    list += (i == 0 ? "" : ", ") + std::string("CASE num_nulls(") + typed_column(i) +
            ") WHEN 0 THEN encode(convert_to(format('%s', " + typed_column(i) +
            "), 'UTF8'), 'hex') END";
  }
  std::vector<std::vector<Value>> cells;
  for (const auto& row : query(connection, "SELECT " + list + " FROM kept ORDER BY _seq")) {
    std::vector<Value>& values = cells.emplace_back();
    for (const pg::Field& field : row) {
      values.push_back(field ? Value(text_of_hex(*field)) : kNull);
    }
  }
  return cells;
}

}  // namespace slotcast::test
