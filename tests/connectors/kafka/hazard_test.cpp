// Goal: who has keys of the configuration's own is told when old keys cannot be taken away, and who
// has partitions by a column when rows come without it.
// Method: each replica identity, with the column inside and outside of it.
#include "connectors/kafka/hazard.h"

#include <catch2/catch.hpp>

#include "tests/support/kafka_rows.h"

using namespace slotcast;
using kafka::find_key_hazard;
using kafka::find_partition_hazard;

namespace {

Relation item(char identity, bool has_key = true) {
  return test::make_typed_relation(
      "item", {{"tenant", "integer", has_key}, {"id", "integer", has_key}, {"name", "text"}},
      identity);
}

}  // namespace

TEST_CASE(
    "kafka keys: a column that the server does not send of an old row is named with the remedy",
    "[kafka][format]") {
  const std::string said = find_key_hazard(item('d'), {"id", "name"});
  CHECK(said.find("table public.item: column name ") == 0);
  CHECK(said.find("REPLICA IDENTITY FULL makes it send it") != std::string::npos);
  CHECK_FALSE(find_key_hazard(item('i'), {"name"}).empty());
}

TEST_CASE("kafka keys: nothing is said where the old key is known", "[kafka][format]") {
  CHECK(find_key_hazard(item('d'), {"tenant"}).empty());
  CHECK(find_key_hazard(item('i'), {"id", "tenant"}).empty());
  CHECK(find_key_hazard(item('f'), {"name"}).empty());
  CHECK(find_key_hazard(item('f', false), {"name"}).empty());
  // Of these only INSERT is published.
  CHECK(find_key_hazard(item('n'), {"name"}).empty());
  CHECK(find_key_hazard(item('d', false), {"name"}).empty());
}

TEST_CASE("kafka keys: partitions that send less than their table are told of", "[kafka][format]") {
  Relation parts = item('f');
  parts.is_full_in_part = true;
  CHECK(find_key_hazard(parts, {"id"}).empty());
  CHECK(find_key_hazard(parts, {"name"}).find("FULL on each partition") != std::string::npos);
}

TEST_CASE("kafka partitions: a column that does not come with every row is named with the remedy",
          "[kafka][format]") {
  const std::string said = find_partition_hazard(item('d'), "name");
  CHECK(said.find("table public.item: column name chooses the partition") == 0);
  CHECK(said.find("REPLICA IDENTITY FULL makes it send it") != std::string::npos);
  CHECK(find_partition_hazard(item('d'), "tenant").empty());
  CHECK(find_partition_hazard(item('f'), "name").empty());
  CHECK(find_partition_hazard(item('n'), "name").empty());
  CHECK(find_partition_hazard(item('f'), "other").find("is not there") != std::string::npos);
}

TEST_CASE("kafka hazards: only what the options ask for is one", "[kafka][format]") {
  kafka::Options options;
  options.partition_column = "name";
  CHECK(kafka::find_hazard(options, item('d')).empty());
  options.partition = kafka::PartitionBy::Column;
  CHECK(kafka::find_hazard(options, item('d')).find("chooses the partition") != std::string::npos);
  options.keys = {{"public.other", {"name"}}, {"public.item", {"name"}}};
  CHECK(kafka::find_hazard(options, item('d')).find("part of the messages' key") !=
        std::string::npos);
}
