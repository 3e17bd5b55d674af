#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "lib/pg/connection.h"
#include "tests/support/postgres.h"

// How the tests of lib/pg reach their server.

namespace slotcast::pg::test {

inline Options options_for(const std::string& uri) {
  Options options;
  options.uri = uri;
  options.slot = "slotcast_shop";
  options.publication = "slotcast_shop";
  options.connect_timeout = std::chrono::seconds(10);
  return options;
}

inline Options options_for(const slotcast::test::Postgres& server) {
  return options_for(server.uri());
}

// The value, or the test ends with the error.
template <class T>
T must(Result<T> result) {
  if (!result.ok()) FAIL(result.error().what);
  return std::move(result).value();
}

inline void must(const Status& status) {
  if (!status.ok()) FAIL(status.error().what);
}

inline Connection connect(const Options& options, Connection::Mode mode = Connection::Mode::Sql) {
  return must(Connection::open(options, mode));
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace slotcast::pg::test
