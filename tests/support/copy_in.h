#pragma once

#include <string>
#include <string_view>

#include "lib/pg/connection.h"
#include "lib/sink/encode/csv_options.h"

// Files of ours given to PostgreSQL to read.

namespace slotcast::test {

// With the settings that a daemon has on its own connections.
pg::Connection connect_to(const std::string& uri);

// Rows of a query that must not fail.
pg::Rows query(pg::Connection& connection, const std::string& sql);

// Runs `sql`, a COPY … FROM STDIN, with `data`. Its error, or nothing.
std::string copy_in(pg::Connection& connection, const std::string& sql, std::string_view data);

// The COPY that reads what CsvRowEncoder writes with these options.
std::string copy_sql(pg::Connection& connection, const std::string& table,
                     const sink::CsvOptions& options);

}  // namespace slotcast::test
