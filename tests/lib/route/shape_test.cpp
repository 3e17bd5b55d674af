// Goal:   what a route makes of a change is what its target needs: of each crossing of the filter,
//         of values that were not sent, of rows that fail, and of the key.
// Method: each by itself, written down by hand. Whole histories: shape_history_test.cpp.
#include "lib/route/shape.h"

#include <catch2/catch.hpp>

#include "lib/sql/scope.h"
#include "tests/support/changes.h"
#include "tests/support/shapes.h"

using namespace slotcast;
using namespace slotcast::test;
using route::Room;
using route::Shape;
using route::Shaping;

namespace {

constexpr std::uint32_t kInt4 = 23;
constexpr std::uint32_t kText = 25;

// (id int4 key, n int4, note text)
Relation table(char identity) {
  Relation relation = make_relation(
      "s", "t",
      {{"id", TypeClass::Integer, true}, {"n", TypeClass::Integer}, {"note", TypeClass::Text}},
      identity);
  for (std::size_t i = 0; i < 3; ++i) {
    Column& column = relation.columns[i];
    column.type_oid = column.base_oid = i < 2 ? kInt4 : kText;
    column.is_primary_key = i == 0;
    if (identity == 'f') column.is_key = true;
  }
  return relation;
}

std::shared_ptr<const Shape> make(const Relation& relation, const std::string& where,
                                  const std::string& select = "") {
  return make_shape(relation, where, select);
}

std::shared_ptr<const Shaping> shaping(const std::string& where, const std::string& select = "") {
  return make_shaping(where, select);
}

std::string refusal(const Relation& relation, const std::string& where,
                    const std::string& select = "") {
  const auto made = Shape::make(shaping(where, select), relation, sql::scope_of(relation));
  std::string all;
  for (const Error& mistake : made.mistakes) all += (all.empty() ? "" : "\n") + mistake.what;
  return all;
}

sql::Scope with_absent(const Relation& relation, const sql::ScopeColumn& column) {
  sql::Scope scope = sql::scope_of(relation);
  scope.absent = {column};
  return scope;
}

std::string text_of(const Cell& cell) {
  return cell.is_null() ? "NULL" : cell.is_unchanged() ? "?" : std::string(cell.text());
}

// "u 1|2|x", "" for nothing, "! SQLSTATE" for a failure.
std::string outcome(const Shape& shape, const Change& change, Room& room) {
  const Change* becomes = nullptr;
  if (!shape.apply(change, room, becomes)) return "! " + room.frame().sqlstate();
  if (becomes == nullptr) return "";
  std::string text(1, static_cast<char>(becomes->operation));
  for (const Cell& cell : becomes->row) text += (text.size() == 1 ? " " : "|") + text_of(cell);
  return text;
}

struct Row {
  Row(Operation operation, const Relation& relation, std::vector<Value> now,
      std::vector<Value> then = {}) {
    const Change& made = changes.add(operation, relation, now);
    change = made;
    if (!then.empty()) change.old = changes.add(Operation::Delete, relation, then).row;
  }
  Changes changes;
  Change change;
};

}  // namespace

TEST_CASE("shape: an UPDATE across the filter, the old row known", "[route][sql]") {
  const Relation relation = table('f');
  const auto shape = make(relation, "n > 10");
  Room room;
  const auto update = [&](const char* then, const char* now) {
    Row row(Operation::Update, relation, {"1", now, "x"}, {"1", then, "w"});
    return outcome(*shape, row.change, room);
  };
  CHECK(update("11", "12") == "u 1|12|x");
  CHECK(update("1", "12") == "c 1|12|x");
  CHECK(update("11", "2") == "d 1|11|w");
  CHECK(update("1", "2").empty());
}

TEST_CASE("shape: the create of a changed key brings the key before, if that was delivered",
          "[route][sql]") {
  const Relation relation = table('f');
  const auto old_key = [&](const char* where, const char* select, const char* then) {
    const auto shape = make(relation, where, select);
    Room room;
    Row row(Operation::Create, relation, {"2", "12", "x"}, {"1", then, "w"});
    const Change* becomes = nullptr;
    REQUIRE(shape->apply(row.change, room, becomes));
    REQUIRE(becomes != nullptr);
    return becomes->old.empty() ? "none" : text_of(becomes->old[0]);
  };
  for (const char* select : {"", "id + 10 AS id, n, note"}) {
    const bool is_same = *select == '\0';
    CHECK(old_key("", select, "11") == (is_same ? "1" : "11"));
    CHECK(old_key("n > 10", select, "11") == (is_same ? "1" : "11"));
    CHECK(old_key("n > 10", select, "9") == "none");
  }
}

TEST_CASE("shape: an UPDATE across the filter, the old row unknown", "[route][sql]") {
  const Relation relation = table('d');
  const auto shape = make(relation, "n > 10");
  Room room;
  Row in(Operation::Update, relation, {"1", "12", "x"});
  CHECK(outcome(*shape, in.change, room) == "u 1|12|x");
  Row out(Operation::Update, relation, {"1", "2", "x"});
  CHECK(outcome(*shape, out.change, room) == "d 1|?|?");
  // It may be new to the target, which then lacks the note.
  Row partial(Operation::Update, relation, {"1", "12", kUnchanged});
  CHECK(outcome(*shape, partial.change, room) == "! 55000");
  Row gone(Operation::Delete, relation, {"1", kUnchanged, kUnchanged});
  CHECK(outcome(*shape, gone.change, room) == "d 1|?|?");
}

TEST_CASE("shape: a filter on the key knows the old row with any identity", "[route][sql]") {
  const Relation relation = table('d');
  const auto shape = make(relation, "id > 10");
  Room room;
  Row out(Operation::Update, relation, {"1", "2", kUnchanged});
  CHECK(outcome(*shape, out.change, room).empty());
  Row in(Operation::Update, relation, {"11", "2", kUnchanged});
  CHECK(outcome(*shape, in.change, room) == "u 11|2|?");
  Row gone(Operation::Delete, relation, {"1", kUnchanged, kUnchanged});
  CHECK(outcome(*shape, gone.change, room).empty());
}

TEST_CASE("shape: NULL is not true, and an error is one", "[route][sql]") {
  const Relation relation = table('f');
  Room room;
  Row null(Operation::Create, relation, {"1", kNull, "x"});
  CHECK(outcome(*make(relation, "n > 10"), null.change, room).empty());
  CHECK(outcome(*make(relation, "n IS NULL"), null.change, room) == "c 1|NULL|x");
  CHECK(outcome(*make(relation, "note::int > 1"), null.change, room) == "! 22P02");
  Row zero(Operation::Create, relation, {"1", "0", "x"});
  CHECK(outcome(*make(relation, "1 / n > 1"), zero.change, room) == "! 22012");
  // What failed was not delivered, but what was before it may have been.
  Row healed(Operation::Update, relation, {"1", "1", "7"}, {"1", "1", "x"});
  CHECK(outcome(*make(relation, "note::int > 1"), healed.change, room) == "u 1|1|7");
  Row worse(Operation::Update, relation, {"1", "1", "0"}, {"1", "1", "x"});
  CHECK(outcome(*make(relation, "note::int > 1"), worse.change, room) == "d 1|1|x");
  Row gone(Operation::Delete, relation, {"1", "1", "x"});
  CHECK(outcome(*make(relation, "note::int > 1"), gone.change, room) == "d 1|1|x");
  CHECK(outcome(*make(relation, "", "id, note::int AS note"), gone.change, room) == "d 1|?");
}

TEST_CASE("shape: a select list", "[route][sql]") {
  const Relation relation = table('d');
  Room room;
  Row row(Operation::Create, relation, {"1", "2", "x"});
  CHECK(outcome(*make(relation, "", "note, id"), row.change, room) == "c x|1");
  CHECK(
      outcome(*make(relation, "", "id AS key, n + 1 AS next, 'k' AS k, NULL AS nothing, _op AS op"),
              row.change, room) == "c 1|3|k|NULL|c");
  const auto replaced = make(relation, "", "*, n::text || '!' AS n, upper(note) AS loud");
  CHECK(outcome(*replaced, row.change, room) == "c 1|2!|x|X");
  CHECK(replaced->relation().columns[1].type_oid == kText);
  CHECK(replaced->relation().columns[1].type_class == TypeClass::Text);
  Row gone(Operation::Delete, relation, {"1", kUnchanged, kUnchanged});
  CHECK(outcome(*replaced, gone.change, room) == "d 1|?|?|?");
  Row truncate(Operation::Truncate, relation, std::vector<Value>{});
  CHECK(outcome(*replaced, truncate.change, room) == "t");
}

TEST_CASE("shape: the key of what comes out", "[route][sql]") {
  const Relation relation = table('d');
  const auto has_key = [&](const std::string& select) {
    return make(relation, "", select)->lost_key().empty();
  };
  CHECK(has_key("*"));
  CHECK(has_key("note, id AS other"));
  CHECK(has_key("id::text AS id, note"));
  CHECK(has_key("CAST(id AS bigint) AS id"));
  CHECK_FALSE(has_key("note"));
  CHECK_FALSE(has_key("id % 2 AS id"));
  CHECK_FALSE(has_key("id::varchar(2) AS id"));
  const auto cast = make(relation, "", "note, id::text AS id");
  CHECK_FALSE(cast->relation().columns[0].is_key);
  CHECK(cast->relation().columns[1].is_key);
  CHECK(cast->relation().columns[1].is_primary_key);
  CHECK(make(table('f'), "", "id, n")->lost_key().empty());
  CHECK(make(table('f'), "", "n, note")->lost_key() == "id");
}

TEST_CASE("shape: long values that were not sent", "[route][sql]") {
  const Relation relation = table('d');
  Room room;
  Row row(Operation::Update, relation, {"1", "2", kUnchanged});
  CHECK(outcome(*make(relation, "", "id, note"), row.change, room) == "u 1|?");
  CHECK(outcome(*make(relation, "", "id, upper(note) AS note"), row.change, room) == "u 1|?");
  CHECK(outcome(*make(relation, "", "id, note || n AS note"), row.change, room) == "! 55000");
  CHECK(outcome(*make(relation, "note = 'x'"), row.change, room) == "! 55000");
  CHECK(outcome(*make(relation, "n = 3 AND note = 'x'"), row.change, room) == "d 1|?|?");
  CHECK(outcome(*make(relation, "note IS NULL"), row.change, room) == "d 1|?|?");
}

TEST_CASE("shape: a changed key with a long value that stayed", "[route][sql]") {
  const Relation relation = table('d');
  const auto shape = make(relation, "id > 10");
  Room room;
  const auto create = [&](const char* then) {
    Row row(Operation::Create, relation, {"11", "2", kUnchanged}, {then, kUnchanged, kUnchanged});
    return outcome(*shape, row.change, room);
  };
  CHECK(create("12") == "c 11|2|?");  // it is with the row that was deleted just before
  CHECK(create("1") == "! 55000");    // nothing that was delivered has it
}

TEST_CASE("shape: a row that entered at the server's filter, without a long value",
          "[route][sql]") {
  // An UPDATE across the filter of a publication comes as an INSERT.
  const Relation relation = table('d');
  Room room;
  Row entered(Operation::Create, relation, {"11", "2", kUnchanged});
  CHECK(outcome(*make(relation, "id > 10"), entered.change, room) == "! 55000");
  CHECK(outcome(*make(relation, "id > 10", "id, n"), entered.change, room) == "c 11|2");
}

TEST_CASE("shape: a filter on metadata does not know the old row", "[route][sql]") {
  const Relation relation = table('f');
  Room room;
  Row row(Operation::Update, relation, {"1", "2", "x"}, {"1", "2", "w"});
  CHECK(outcome(*make(relation, "_seq > 0"), row.change, room) == "u 1|2|x");
  CHECK(outcome(*make(relation, "_seq > 1000"), row.change, room) == "d 1|2|w");
  CHECK(make(relation, "_seq > 0")->may_enter_unseen());
  CHECK_FALSE(make(relation, "_table = 't'")->may_enter_unseen());
}

TEST_CASE("shape: partitions without FULL below a table with it", "[route][sql]") {
  Relation relation = table('f');
  relation.is_full_in_part = true;
  CHECK(make(relation, "n > 1")->may_enter_unseen());
  CHECK_FALSE(make(relation, "id > 1")->may_enter_unseen());
}

TEST_CASE("shape: nothing of a table that can never pass comes through", "[route][sql]") {
  const Relation relation = table('d');
  sql::ScopeColumn other{"other", sql::plain_type(sql::Kind::Int8)};
  const auto filtered =
      Shape::make(shaping("other IS NOT NULL"), relation, with_absent(relation, other));
  REQUIRE(filtered.shape);
  Room room;
  for (const Operation operation :
       {Operation::Truncate, Operation::ResyncBegin, Operation::ResyncEnd}) {
    Row row(operation, relation, std::vector<Value>{});
    CHECK(outcome(*filtered.shape, row.change, room).empty());
  }
}

TEST_CASE("shape: what an expression and a * say of one name", "[route][sql]") {
  const Relation relation = table('d');
  Room room;
  Row row(Operation::Create, relation, {"1", "2", "x"});
  CHECK(outcome(*make(relation, "", "upper(note) AS note, *"), row.change, room) == "c X|1|2");
  CHECK(refusal(relation, "", "*, _op").find("_op is added to each row anyway") !=
        std::string::npos);
}

TEST_CASE("shape: columns that only other tables of the route have", "[route][sql]") {
  const Relation relation = table('d');
  sql::ScopeColumn other{"other", sql::plain_type(sql::Kind::Int8)};
  Room room;
  Row row(Operation::Create, relation, {"1", "2", "x"});
  const auto filtered =
      Shape::make(shaping("other IS NOT NULL"), relation, with_absent(relation, other));
  REQUIRE(filtered.shape);
  CHECK(outcome(*filtered.shape, row.change, room).empty());
  const auto selected =
      Shape::make(shaping("", "id, other + 1 AS o, other"), relation, with_absent(relation, other));
  REQUIRE(selected.shape);
  CHECK(outcome(*selected.shape, row.change, room) == "c 1|NULL|NULL");
  CHECK(refusal(relation, "other IS NOT NULL") ==
        "at 0: routes[0].where: table s.t: column \"other\" does not exist");
  CHECK(refusal(relation, "n", "") ==
        "at 0: routes[0].where: table s.t: argument of WHERE must be type boolean, not type "
        "integer");
  CHECK(
      refusal(relation, "", "id, note + 1 AS x").find("operator does not exist: text + integer") !=
      std::string::npos);
}

TEST_CASE("shape: every clause that does not fit is named", "[route][sql]") {
  CHECK(refusal(table('d'), "note > 1", "id, n || 1 AS a, note + 1 AS b, id AS _seq") ==
        "at 5: routes[0].where: table s.t: operator does not exist: text > integer\n"
        "at 6: routes[0].select: table s.t: operator does not exist: integer || integer\n"
        "at 22: routes[0].select: table s.t: operator does not exist: text + integer\n"
        "at 32: routes[0].select: _seq is added to each row anyway; give it another name: _seq AS "
        "…");
}
