// Goal:   each field of each message arrives, and bytes that are not a message are refused.
// Method: messages written by hand after PostgreSQL's documentation; every prefix of each, every
//         message with a byte too many, every single byte set to other values.
#include "lib/pgoutput/message.h"

#include <catch2/catch.hpp>

#include "tests/support/messages.h"

using namespace slotcast;
using namespace slotcast::pgoutput;
using namespace slotcast::test;

namespace {

Message people() {
  return relation_of(16384, "public", "people", 'd', {{"id", 23, 1}, {"name", 25, 0}});
}

std::vector<Message> row_messages() {
  return {insert_of(16384, {"1", "ann"}),
          insert_of(16384, {"1", kNullCell}),
          update_of(16384, '-', {}, {"1", "bob"}),
          update_of(16384, 'K', {"1", kNullCell}, {"2", kUnchangedCell}),
          update_of(16384, 'O', {"1", "ann"}, {"2", ""}),
          delete_of(16384, 'K', {"1", kNullCell}),
          delete_of(16384, 'O', {"1", "ann"})};
}

// Whether some parser takes the bytes for a message. The cells are read, so that a length that
// leads outside of the message is seen by the address sanitizer.
bool is_taken(Bytes message, Framing framing) {
  CellArena arena(0);
  RowMessage row;
  switch (tag_of(message)) {
    case Tag::Begin:
      return parse_begin(message).has_value();
    case Tag::Commit:
      return parse_commit(message).has_value();
    case Tag::Relation:
      return parse_relation(message, framing).has_value();
    case Tag::Type:
      return parse_type(message, framing).has_value();
    case Tag::Truncate:
      return parse_truncate(message, framing).has_value();
    default:
      break;
  }
  if (!parse_row(message, framing, arena, row)) return false;
  std::size_t sum = 0;
  for (std::uint32_t i = 0; i < arena.used(); ++i) {
    for (const char c : arena.data()[i].text()) sum += static_cast<unsigned char>(c);
  }
  return sum < SIZE_MAX;
}

std::vector<std::pair<Message, Framing>> all_messages() {
  std::vector<std::pair<Message, Framing>> all = {{begin_message({0x10}, 7), Framing::Whole},
                                                  {commit_message({0x10}, {0x40}), Framing::Whole}};
  std::vector<Message> framed = row_messages();
  framed.push_back(people());
  framed.push_back(truncate_of({16384, 16385}, 3));
  framed.push_back(type_of(16472, "", "int4"));
  for (const Message& message : framed) {
    all.emplace_back(message, Framing::Whole);
    all.emplace_back(streamed(message, 9), Framing::Streamed);
  }
  return all;
}

}  // namespace

TEST_CASE("pgoutput: Begin and Commit give every field", "[pgoutput]") {
  const auto begin = parse_begin(begin_message({0x16B374D848}, 4'000'000'000u));
  REQUIRE(begin);
  CHECK(begin->commit_lsn == Lsn{0x16B374D848});
  CHECK(begin->xid == 4'000'000'000u);
  CHECK(to_iso8601(begin->commit_time) == "2026-11-21T07:00:00.000000Z");
  const auto commit = parse_commit(commit_message({0x10}, {0x40}));
  REQUIRE(commit);
  CHECK(commit->commit_lsn == Lsn{0x10});
  CHECK(commit->end_lsn == Lsn{0x40});
  CHECK(commit->commit_time == begin->commit_time);
}

TEST_CASE("pgoutput: Relation gives every field, streamed or not", "[pgoutput]") {
  for (const Framing framing : {Framing::Whole, Framing::Streamed}) {
    const Message message = framing == Framing::Whole ? people() : streamed(people(), 9);
    const auto relation = parse_relation(message, framing);
    REQUIRE(relation);
    CHECK(relation->id.oid == 16384);
    CHECK(parse_relation_id(message, framing)->oid == 16384);
    CHECK(relation->full_name() == "public.people");
    CHECK(relation->replica_identity == 'd');
    REQUIRE(relation->columns.size() == 2);
    CHECK(relation->columns[0].name == "id");
    CHECK(relation->columns[0].is_key);
    CHECK(relation->columns[0].type_oid == 23);
    CHECK(relation->columns[0].type_modifier == -1);
    CHECK(relation->columns[0].type_class == TypeClass::Integer);
    CHECK_FALSE(relation->columns[1].is_key);
    CHECK(relation->columns[1].type_class == TypeClass::Text);
  }
}

TEST_CASE("pgoutput: an empty schema name stands for pg_catalog", "[pgoutput]") {
  CHECK(parse_relation(relation_of(1, "", "t", 'n', {}), Framing::Whole)->full_name() ==
        "pg_catalog.t");
}

TEST_CASE("pgoutput: rows keep NULL, unchanged and empty apart", "[pgoutput]") {
  const Message message = update_of(5, 'O', {kNullCell, ""}, {kUnchangedCell, "x"});
  for (const Framing framing : {Framing::Whole, Framing::Streamed}) {
    const Message framed = framing == Framing::Whole ? message : streamed(message, 9);
    CellArena arena(0);
    RowMessage row;
    REQUIRE(parse_row(framed, framing, arena, row));
    CHECK(row.relation.oid == 5);
    CHECK(row.old_kind == 'O');
    REQUIRE(row.old_count == 2);
    REQUIRE(row.new_count == 2);
    CHECK(arena.data()[row.old_at].is_null());
    CHECK(arena.data()[row.old_at + 1].kind == Cell::Kind::Text);
    CHECK(arena.data()[row.old_at + 1].text().empty());
    CHECK(arena.data()[row.new_at].is_unchanged());
    CHECK(arena.data()[row.new_at + 1].text() == "x");
  }
}

TEST_CASE("pgoutput: Type tells what is behind a domain", "[pgoutput]") {
  for (const Framing framing : {Framing::Whole, Framing::Streamed}) {
    const Message message = type_of(16472, "", "int4");
    const Message framed = framing == Framing::Whole ? message : streamed(message, 9);
    const auto type = parse_type(framed, framing);
    REQUIRE(type);
    CHECK(type->oid == 16472);
    CHECK(type->schema.empty());
    CHECK(type->name == "int4");
  }
}

TEST_CASE("pgoutput: Truncate names all its tables", "[pgoutput]") {
  const auto truncate = parse_truncate(truncate_of({7, 8, 9}, 3), Framing::Whole);
  REQUIRE(truncate);
  CHECK(truncate->relations == std::vector<RelationId>{{7}, {8}, {9}});
  CHECK(parse_truncate(streamed(truncate_of({7}, 0), 1), Framing::Streamed)->relations ==
        std::vector<RelationId>{{7}});
}

TEST_CASE("pgoutput: every message cut short or with a byte too many is refused", "[pgoutput]") {
  for (const auto& [message, framing] : all_messages()) {
    CHECK(is_taken(message, framing));
    for (std::size_t size = 0; size < message.size(); ++size) {
      // A copy of its own, so that reading one byte too far is seen.
      const Message cut(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(size));
      INFO(static_cast<char>(message[0]) << " cut to " << size << " of " << message.size());
      CHECK_FALSE(is_taken(cut, framing));
    }
    Message longer = message;
    longer.push_back(std::byte{0});
    INFO(static_cast<char>(message[0]) << " with a byte too many");
    CHECK_FALSE(is_taken(longer, framing));
  }
}

TEST_CASE("pgoutput: no value of any byte makes a parser leave the message", "[pgoutput]") {
  std::size_t taken = 0, tried = 0;
  for (const auto& [message, framing] : all_messages()) {
    for (std::size_t at = 0; at < message.size(); ++at) {
      for (const int value : {0x00, 0x01, 0x7F, 0x80, 0xFF, +'N', +'K', +'O', +'t', +'n', +'u'}) {
        Message damaged = message;
        damaged[at] = static_cast<std::byte>(value);
        ++tried;
        if (is_taken(damaged, framing)) ++taken;
      }
    }
  }
  CHECK(taken < tried);
}
