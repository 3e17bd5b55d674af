#include "tests/support/copy_in.h"

#include <libpq-fe.h>

#include <algorithm>
#include <catch2/catch.hpp>

namespace slotcast::test {
namespace {

constexpr std::size_t kPieceBytes = 1 << 20;

std::string status_of(PGresult* result, ExecStatusType wanted) {
  const std::string what = PQresultStatus(result) == wanted ? "" : PQresultErrorMessage(result);
  PQclear(result);
  return what;
}

}  // namespace

pg::Connection connect_to(const std::string& uri) {
  pg::Options options;
  options.uri = uri;
  auto connection = pg::Connection::open(options, pg::Connection::Mode::Sql);
  if (!connection.ok()) FAIL(connection.error().what);
  return std::move(connection).value();
}

pg::Rows query(pg::Connection& connection, const std::string& sql) {
  connection.set_patience(std::chrono::minutes(5));
  auto rows = connection.query(sql);
  if (!rows.ok()) FAIL(rows.error().what << ": " << sql.substr(0, 2000));
  return std::move(rows).value();
}

std::string copy_in(pg::Connection& connection, const std::string& sql, std::string_view data) {
  PGconn* const handle = connection.handle();
  const std::string refused = status_of(PQexec(handle, sql.c_str()), PGRES_COPY_IN);
  if (!refused.empty()) return refused;
  while (!data.empty()) {
    const std::string_view piece = data.substr(0, kPieceBytes);
    if (PQputCopyData(handle, piece.data(), static_cast<int>(piece.size())) != 1) break;
    data.remove_prefix(piece.size());
  }
  PQputCopyEnd(handle, nullptr);
  std::string what;
  while (PGresult* const result = PQgetResult(handle)) what += status_of(result, PGRES_COMMAND_OK);
  return what;
}

std::string copy_sql(pg::Connection& connection, const std::string& table,
                     const sink::CsvOptions& options) {
  return "COPY " + table + " FROM STDIN (FORMAT csv, DELIMITER " +
         connection.escape_literal(options.separator) + ", QUOTE " +
         connection.escape_literal(options.enclosure) + ", ESCAPE " +
         connection.escape_literal(options.escape) + ", NULL " +
         connection.escape_literal(options.null_text) + (options.header ? ", HEADER match)" : ")");
}

}  // namespace slotcast::test
