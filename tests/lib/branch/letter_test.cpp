// Goal:   a letter is read back as it was written, whatever is in its row; a person with jq, and
//         any parser of JSON, reads the same.
// Method: letters from a seed; our own reader, and Python's json, which knows nothing of ours.
#include "lib/branch/letter.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "lib/base/random.h"
#include "lib/branch/letter_reader.h"
#include "tests/support/command.h"
#include "tests/support/letters.h"
#include "tests/support/temp_dir.h"

using namespace slotcast;
using namespace slotcast::test;
using branch::Letter;
using branch::LetterReader;

namespace {

std::string line_of(const Letter& letter) {
  sink::Buffer out;
  branch::append_line(letter, out);
  return std::string(out.text());
}

bool is_same(const Column& a, const Column& b) {
  const auto facts = [](const Column& of) {
    return std::tie(of.name, of.type_oid, of.type_modifier, of.is_key, of.is_primary_key,
                    of.type_class, of.base_oid, of.base_modifier, of.base_kind, of.collation);
  };
  if (!a.words || !b.words) return facts(a) == facts(b) && !a.words && !b.words;
  return facts(a) == facts(b) && *a.words == *b.words;
}

bool is_same(const Relation& a, const Relation& b) {
  const auto facts = [](const Relation& of) {
    return std::tie(of.id, of.schema, of.table, of.replica_identity, of.is_full_in_part);
  };
  return facts(a) == facts(b) &&
         std::equal(a.columns.begin(), a.columns.end(), b.columns.begin(), b.columns.end(),
                    [](const Column& x, const Column& y) { return is_same(x, y); });
}

bool is_same(Cells a, Cells b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Cell& x, const Cell& y) {
    return x.kind == y.kind && x.text() == y.text();
  });
}

std::string hex_of(std::string_view text) {
  std::string hex;
  for (const char c : text) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(c));
    hex += digits;
  }
  return hex;
}

// What print_letters.py prints of the line that this letter became.
std::string described(const Letter& letter) {
  const Change& change = *letter.change;
  std::string text = to_string(change.id.commit_lsn) + " " + std::to_string(change.id.ordinal) +
                     " " + std::to_string(change.xid) + " " + static_cast<char>(change.operation) +
                     " " + hex_of(letter.error);
  for (const Cells cells : {change.row, change.old}) {
    text += cells.empty() ? " -" : " +";
    for (std::size_t i = 0; i < cells.size(); ++i) {
      text += " ";
      if (cells[i].is_unchanged()) continue;
      text += cells[i].is_null() ? "null" : "=" + hex_of(cells[i].text());
    }
  }
  return text + "\n";
}

}  // namespace

TEST_CASE("letter: read back it is the same, whatever is in its row", "[letters]") {
  SeededRandom random(11);
  LetterReader reader;
  for (int i = 0; i < 3'000; ++i) {
    SomeLetter some(random);
    const Letter letter = some.letter();
    const std::string line = line_of(letter);
    INFO(line);
    REQUIRE(line.find('\n') == line.size() - 1);
    const auto read = reader.read(line);
    if (!read.ok()) FAIL(read.error().what);
    const Letter& back = read.value();
    REQUIRE(std::tie(back.batch, back.route, back.target, back.sqlstate, back.error, back.at) ==
            std::tie(letter.batch, letter.route, letter.target, letter.sqlstate, letter.error,
                     letter.at));
    const Change& was = *letter.change;
    REQUIRE(is_same(*back.change->relation, *was.relation));
    REQUIRE(back.change->relation->version != was.relation->version);
    REQUIRE(back.change->id == was.id);
    REQUIRE(std::tie(back.change->operation, back.change->commit_time, back.change->xid) ==
            std::tie(was.operation, was.commit_time, was.xid));
    REQUIRE(is_same(back.change->row, was.row));
    REQUIRE(is_same(back.change->old, was.old));
  }
}

TEST_CASE("letter: any parser of JSON reads the same", "[letters]") {
  const TempDir directory;
  SeededRandom random(12);
  std::string expected;
  {
    std::ofstream file(directory.path() + "/letters.jsonl", std::ios::binary);
    for (int i = 0; i < 500; ++i) {
      SomeLetter some(random);
      file << line_of(some.letter());
      expected += described(some.letter());
    }
  }
  const CommandResult read = run_command(
      {"python3", std::string(SLOTCAST_SOURCE_DIR) + "/tests/lib/branch/print_letters.py",
       directory.path() + "/letters.jsonl"});
  REQUIRE(read.exit_code == 0);
  CHECK(read.output == expected);
}

TEST_CASE("letter: letters of one table share one version of it", "[letters]") {
  SeededRandom random(13);
  SomeLetter some(random);
  LetterReader reader;
  const std::string line = line_of(some.letter());
  const std::uint64_t version = reader.read(line).value().change->relation->version;
  CHECK(reader.read(line).value().change->relation->version == version);
}

TEST_CASE("letter: one of an older version is read, as of a table whose catalog was not asked",
          "[letters]") {
  const std::string line =
      R"({"at":"2026-11-21T05:40:12.123456Z","batch":17,"lsn":"0/16B3748","seq":1,)"
      R"("ts":"2026-11-21T05:40:11.000000Z","xid":731,"op":"u",)"
      R"("table":{"schema":"public","name":"t","oid":16384,"identity":"d","columns":[)"
      R"({"name":"id","type":20,"modifier":-1,"class":"integer","key":true,"primary_key":true},)"
      R"({"name":"v","type":1043,"modifier":14,"class":"text"}]},)"
      R"("route":"routes[1]","target":"t","sqlstate":"22P02","error":"no",)"
      R"("row":{"id":"1","v":null}})";
  LetterReader reader;
  const auto read = reader.read(line);
  if (!read.ok()) FAIL(read.error().what);
  Column id, v;
  id.name = "id";
  id.type_oid = 20;
  id.is_key = id.is_primary_key = true;
  id.type_class = TypeClass::Integer;
  v.name = "v";
  v.type_oid = 1043;
  v.type_modifier = 14;
  const auto& columns = read.value().change->relation->columns;
  REQUIRE(columns.size() == 2);
  CHECK(is_same(columns[0], id));
  CHECK(is_same(columns[1], v));
}

TEST_CASE("letter: a line that is cut or damaged is none", "[letters]") {
  SeededRandom random(14);
  SomeLetter some(random);
  const std::string line = line_of(some.letter());
  LetterReader reader;
  REQUIRE(reader.read(line).ok());
  for (std::size_t size = 0; size + 1 < line.size(); ++size) {
    REQUIRE_FALSE(reader.read(line.substr(0, size)).ok());
  }
  for (const char* key : {"\"lsn\"", "\"batch\"", "\"table\"", "\"identity\"", "\"target\""}) {
    std::string without = line;
    without.replace(without.find(key) + 1, 1, "X");
    const auto read = reader.read(without);
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().kind == ErrorKind::Corrupt);
  }
  CHECK(reader.read(line).ok());
}
