// Goal: every type that PostgreSQL has comes back from CSV and from JSON lines, value by value.
// Method: a table with a column of each, its cells printed by the type's own output function as
// pgoutput does, encoded, loaded by COPY, by json_populate_record(), by Python's parsers and by
// simdjson; compared with the table or with the cells.
#include <simdjson.h>

#include <catch2/catch.hpp>

#include "lib/sink/encode/csv_row.h"
#include "lib/sink/encode/json_row.h"
#include "tests/support/changes.h"
#include "tests/support/copy_in.h"
#include "tests/support/postgres.h"
#include "tests/support/typed_samples.h"
#include "tests/support/typed_table.h"
#include "tests/support/value_file.h"

using namespace slotcast;
using sink::Buffer;
using test::typed_samples;
using test::Value;

namespace {

struct Sample {
  explicit Sample(pg::Connection& connection) {
    test::fill_typed_table(connection);
    std::vector<test::ColumnOf> columns;
    for (std::size_t i = 0; i < typed_samples().size(); ++i) {
      columns.push_back({test::typed_column(i), typed_samples()[i].type_class});
    }
    relation = test::make_relation("public", "kept", columns);
    values = test::typed_cells(connection);
    changes.begin_transaction({1}, {0});
    for (const auto& row : values) {
      changes.add(Operation::Create, relation, row);
      described += test::described(relation, row);
    }
  }

  Relation relation;
  std::vector<std::vector<Value>> values;
  test::Changes changes;
  std::string described;
};

std::string encoded(sink::RowEncoder& encoder, const Sample& sample) {
  Buffer out;
  REQUIRE(encoder.begin(sample.relation, out).ok());
  for (const Change& change : sample.changes.all()) REQUIRE(encoder.append(change, out).ok());
  return std::string(out.text());
}

// The two sides of a comparison of `expression`, in which % is the column.
std::string unlike(const std::string& expression, std::size_t i) {
  const auto side = [&](const std::string& table) {
    std::string one = expression;
    return one.replace(one.rfind('%'), 1, table + "." + test::typed_column(i));
  };
  return side("kept") + " IS DISTINCT FROM " + side("loaded");
}

// Columns of `loaded` that are not as in `kept`: as values, or in their text.
std::string differences(pg::Connection& connection) {
  std::string found;
  for (std::size_t i = 0; i < typed_samples().size(); ++i) {
    const test::TypedSample& sample = typed_samples()[i];
    const bool has_own_text = sample.type != "json";
    const auto rows = test::query(
        connection, "SELECT count(*) FROM kept FULL JOIN loaded USING (_seq) WHERE " +
                        unlike("num_nulls(%)", i) + " OR " + unlike(sample.comparable, i) + " OR " +
                        unlike(has_own_text ? "format('%s', %)" : sample.comparable, i));
    if (rows[0][0] != "0") found += sample.type + ": " + *rows[0][0] + " rows\n";
  }
  return found;
}

bool is_same_in_json(simdjson::ondemand::value found, TypeClass type_class, const Value& value) {
  std::string_view text;
  if (value.kind != Cell::Kind::Text) return found.raw_json_token().substr(0, 4) == "null";
  if (found.type() == simdjson::ondemand::json_type::string && type_class != TypeClass::Json) {
    return found.get_string().get(text) == simdjson::SUCCESS && text == value.text;
  }
  if (type_class == TypeClass::Boolean) {
    bool is_true = false;
    return found.get_bool().get(is_true) == simdjson::SUCCESS && is_true == (value.text == "t");
  }
  if (type_class != TypeClass::Json) {
    text = found.raw_json_token();
  } else if (simdjson::to_json_string(found).get(text) != simdjson::SUCCESS) {
    return false;
  }
  std::string wanted = value.text;
  for (char& c : wanted) c = c == '\n' || c == '\r' ? ' ' : c;
  return text.substr(0, text.find_last_not_of(' ') + 1) == wanted;
}

}  // namespace

TEST_CASE("csv: a column of every type comes back from PostgreSQL and from Python",
          "[sink][postgres]") {
  const test::Postgres server;
  pg::Connection connection = test::connect_to(server.uri());
  const Sample sample(connection);
  std::vector<sink::CsvOptions> settings(3);
  settings[1].escape = "\\";
  settings[1].separator = ";";
  settings[2].null_text = "";
  settings[2].separator = "\t";
  settings[2].header = true;
  settings[2].line_end = "\r\n";
  for (const sink::CsvOptions& options : settings) {
    sink::CsvRowEncoder encoder(options);
    const std::string file = encoded(encoder, sample);
    test::query(connection, "DROP TABLE IF EXISTS loaded");
    test::query(connection, "CREATE TABLE loaded (LIKE kept)");
    test::query(connection,
                "ALTER TABLE loaded DROP COLUMN _seq, ADD _op text, ADD _lsn pg_lsn, "
                "ADD _seq integer, ADD _ts timestamptz, ADD _unchanged jsonb");
    CHECK(test::copy_in(connection, test::copy_sql(connection, "loaded", options), file) == "");
    CHECK(differences(connection) == "");
    CHECK(test::read_csv_back(file, sample.described, options) ==
          std::to_string(sample.values.size()) + " rows read\n");
  }
}

TEST_CASE("json: a column of every type comes back from PostgreSQL and from Python",
          "[sink][postgres]") {
  const test::Postgres server;
  pg::Connection connection = test::connect_to(server.uri());
  const Sample sample(connection);
  sink::JsonRowEncoder encoder;
  const std::string file = encoded(encoder, sample);
  CHECK(test::read_json_back(file, sample.described) ==
        std::to_string(sample.values.size()) + " rows read\n");
  test::query(connection, "CREATE TABLE lines (line text)");
  // No control character is left in a line of JSON: these two cannot be in it.
  CHECK(test::copy_in(connection,
                      "COPY lines FROM STDIN (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02')",
                      file) == "");
  test::query(connection,
              "CREATE TABLE loaded AS SELECT row.* FROM lines, "
              "json_populate_record(null::kept, line::json) AS row");
  // A json that is null is what a NULL is, in JSON.
  for (std::size_t i = 0; i < typed_samples().size(); ++i) {
    if (typed_samples()[i].type_class != TypeClass::Json) continue;
    test::query(connection, "UPDATE kept SET " + test::typed_column(i) + " = NULL WHERE " +
                                test::typed_column(i) + "::text = 'null'");
  }
  CHECK(differences(connection) == "");
}

TEST_CASE("json: a column of every type comes back from simdjson", "[sink][postgres]") {
  const test::Postgres server;
  pg::Connection connection = test::connect_to(server.uri());
  const Sample sample(connection);
  sink::JsonRowEncoder encoder;
  Buffer out;
  for (const Change& change : sample.changes.all()) {
    out.clear();
    REQUIRE(encoder.append(change, out).ok());
    const simdjson::padded_string line(out.text());
    simdjson::ondemand::parser parser;
    simdjson::ondemand::document document;
    REQUIRE(parser.iterate(line).get(document) == simdjson::SUCCESS);
    const auto& values = sample.values[change.id.ordinal - 1];
    for (std::size_t i = 0; i < values.size(); ++i) {
      CAPTURE(typed_samples()[i].type, values[i].text);
      simdjson::ondemand::value found;
      REQUIRE(document.find_field(test::typed_column(i)).get(found) == simdjson::SUCCESS);
      CHECK(is_same_in_json(found, typed_samples()[i].type_class, values[i]));
    }
  }
}
