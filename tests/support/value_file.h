#pragma once

#include <string>
#include <vector>

#include "lib/sink/encode/csv_options.h"
#include "tests/support/changes.h"

// What the Python programs next to the encoders' tests compare a file with.

namespace slotcast::test {

// A line of it: each value of a row, by its column's class.
std::string described(const Relation& relation, const std::vector<Value>& values);

std::string as_hex(const std::string& text);

// Each program reads `rows` back and compares them with the described `values`; what it printed.
std::string read_csv_back(const std::string& rows, const std::string& values,
                          const sink::CsvOptions& options);
std::string read_json_back(const std::string& rows, const std::string& values);

}  // namespace slotcast::test
