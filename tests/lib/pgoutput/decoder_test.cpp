// Goal:   the changes of a block say what happened to the rows, whatever way the server chose to
//         tell it, and however the records are spread over blocks.
// Method: blocks filled by hand for each rule; then a table that lives through random statements,
//         told as PostgreSQL tells them, against a copy that only sees the decoded changes.
#include "lib/pgoutput/decoder.h"

#include <catch2/catch.hpp>
#include <map>
#include <utility>

#include "tests/support/messages.h"

using namespace slotcast;
using namespace slotcast::pgoutput;
using namespace slotcast::test;

namespace {

constexpr std::uint32_t kOid = 16384;

Message table(char identity, std::uint32_t oid = kOid) {
  return relation_of(oid, "public", "t" + std::to_string(oid), identity,
                     {{"id", 25, 1}, {"v", 25, 0}});
}

std::vector<std::byte> catalog(std::uint32_t base_oid, const std::string& key,
                               bool is_full_in_part = false) {
  Catalog catalog;
  catalog.is_full_in_part = is_full_in_part;
  catalog.columns.push_back({"text", 'b', 25, 0, {}});
  catalog.columns.push_back({"public.money_like", 'd', base_oid, 0, {}});
  catalog.primary_key = {key};
  return encode(catalog);
}

std::string text_of(Cells cells) {
  std::string text;
  for (const Cell& cell : cells) {
    if (!text.empty()) text += ",";
    text += cell.is_null() ? "NULL" : cell.is_unchanged() ? "?" : std::string(cell.text());
  }
  return text;
}

// "c 1 1,ann old:": operation, ordinal, row, old.
std::vector<std::string> texts_of(const DecodedBlock& block) {
  std::vector<std::string> texts;
  for (const Change& change : block.changes) {
    texts.push_back(std::string(1, static_cast<char>(change.operation)) + " " +
                    std::to_string(change.id.ordinal) + " " + text_of(change.row) +
                    " old:" + text_of(change.old));
  }
  return texts;
}

// One transaction in one block. Identity 'p' is full, but not that of all partitions.
Result<DecodedPtr> decode_transaction(const std::vector<Message>& messages, char identity = 'd') {
  BlockBuilder block({1});
  const bool is_full_in_part = identity == 'p';
  if (is_full_in_part) identity = 'f';
  if (identity == 'f') {
    block.add_schema(log::RecordType::Catalog, kOid, catalog(25, "id", is_full_in_part));
  }
  block.add_message(table(identity)).add_message(begin_message({0x100}, 7));
  for (const Message& message : messages) block.add_message(message);
  block.add_message(commit_message({0x100}, {0x130}));
  return decode(block.take(), {}, {1});
}

std::vector<std::string> changes_of(const std::vector<Message>& messages, char identity = 'd') {
  const auto decoded = decode_transaction(messages, identity);
  REQUIRE(decoded.ok());
  return texts_of(*decoded.value());
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("decoder: a transaction gives its changes with all that identifies them", "[pgoutput]") {
  const auto decoded = decode_transaction({insert_of(kOid, {"1", "ann"})});
  REQUIRE(decoded.ok());
  const DecodedBlock& block = *decoded.value();
  REQUIRE(block.changes.size() == 1);
  const Change& change = block.changes[0];
  CHECK(change.id == ChangeId{{0x100}, 1});
  CHECK(change.xid == 7);
  CHECK(to_iso8601(change.commit_time) == "2026-11-21T07:00:00.000000Z");
  CHECK(change.relation->full_name() == "public.t16384");
  REQUIRE(block.parts.size() == 1);
  const TransactionPart& part = block.parts[0];
  CHECK(part.end == TransactionPart::End::Commit);
  CHECK(part.begin == Sequence{2});
  CHECK(part.next == Sequence{5});
  CHECK(part.end_lsn == Lsn{0x130});
  CHECK(part.change_count == 1);
  CHECK_FALSE(block.after.in_transaction);
}

TEST_CASE("decoder: an update without an old row is an update", "[pgoutput]") {
  CHECK(changes_of({update_of(kOid, '-', {}, {"1", kUnchangedCell})}) == Texts{"u 1 1,? old:"});
}

TEST_CASE("decoder: another key makes a delete and a create, with two ordinals", "[pgoutput]") {
  CHECK(changes_of(
            {update_of(kOid, 'K', {"1", kNullCell}, {"2", "x"}), insert_of(kOid, {"3", "y"})}) ==
        Texts{"d 1 1,? old:", "c 2 2,x old:1,?", "c 3 3,y old:"});
}

TEST_CASE("decoder: an old key alone does not mean that the key changed", "[pgoutput]") {
  CHECK(changes_of({update_of(kOid, 'K', {"1", kNullCell}, {"1", "x"})}) ==
        Texts{"u 1 1,x old:1,?"});
}

TEST_CASE("decoder: a key stored out of line comes from the old key", "[pgoutput]") {
  CHECK(changes_of({update_of(kOid, 'K', {"long", kNullCell}, {kUnchangedCell, "x"})}) ==
        Texts{"u 1 long,x old:long,?"});
}

TEST_CASE("decoder: with identity full the old row fills what is unchanged", "[pgoutput]") {
  CHECK(changes_of({update_of(kOid, 'O', {"1", "long"}, {"1", kUnchangedCell})}, 'f') ==
        Texts{"u 1 1,long old:1,long"});
  CHECK(changes_of({update_of(kOid, 'O', {"1", "long"}, {"2", kUnchangedCell})}, 'f') ==
        Texts{"d 1 1,long old:", "c 2 2,long old:1,long"});
}

TEST_CASE("decoder: with identity full only the primary key is the key", "[pgoutput]") {
  CHECK(changes_of({update_of(kOid, 'O', {"1", "a"}, {"1", "b"})}, 'f') ==
        Texts{"u 1 1,b old:1,a"});
}

TEST_CASE("decoder: a delete gives the old key or the old row", "[pgoutput]") {
  CHECK(changes_of({delete_of(kOid, 'K', {"1", kNullCell})}) == Texts{"d 1 1,? old:"});
  CHECK(changes_of({delete_of(kOid, 'O', {"1", "a"})}, 'f') == Texts{"d 1 1,a old:"});
}

// The server says 'K' or 'O' by the table's identity, and sends by the partition's.
TEST_CASE("decoder: a partition's old key or row is of its own identity", "[pgoutput]") {
  CHECK(changes_of({update_of(kOid, 'O', {"1", kNullCell}, {"1", kUnchangedCell})}, 'p') ==
        Texts{"u 1 1,? old:1,?"});
  CHECK(changes_of({update_of(kOid, 'O', {"1", kNullCell}, {"2", kUnchangedCell})}, 'p') ==
        Texts{"d 1 1,? old:", "c 2 2,? old:1,?"});
  CHECK(changes_of({update_of(kOid, 'O', {"1", "long"}, {"1", kUnchangedCell})}, 'p') ==
        Texts{"u 1 1,long old:1,long"});
  CHECK(changes_of({delete_of(kOid, 'O', {"1", kNullCell})}, 'p') == Texts{"d 1 1,? old:"});
  CHECK(changes_of({update_of(kOid, 'K', {"1", "long"}, {"1", kUnchangedCell})}) ==
        Texts{"u 1 1,long old:1,long"});
  CHECK(changes_of({update_of(kOid, 'K', {"1", "a"}, {"1", "b"})}) == Texts{"u 1 1,b old:1,a"});
  // The partition's key is another than the table's.
  CHECK(changes_of({update_of(kOid, 'K', {kNullCell, "a"}, {"1", "b"})}) ==
        Texts{"u 1 1,b old:?,a"});
}

TEST_CASE("decoder: a truncate of several tables is a change of each", "[pgoutput]") {
  BlockBuilder block({1});
  block.add_message(table('d', 1)).add_message(table('d', 2));
  block.add_message(begin_message({0x100}, 7)).add_message(truncate_of({2, 1}, 1));
  const auto decoded = decode(block.take(), {}, {1});
  REQUIRE(decoded.ok());
  CHECK(texts_of(*decoded.value()) == Texts{"t 1  old:", "t 2  old:"});
  CHECK(decoded.value()->changes[0].relation->id.oid == 2);
  CHECK(decoded.value()->changes[1].relation->id.oid == 1);
  CHECK(decoded.value()->after.in_transaction);
}

TEST_CASE("decoder: messages that are no changes take no ordinal", "[pgoutput]") {
  CHECK(changes_of({type_of(99, "public", "mood"), insert_of(kOid, {"1", "a"}),
                    origin_of({0x10}, "there"), logical_message_of({0x20}, "slotcast", "x"),
                    insert_of(kOid, {"2", "b"})}) == Texts{"c 1 1,a old:", "c 2 2,b old:"});
}

TEST_CASE("decoder: a message of an application is a row of its own table, with its own ordinal",
          "[pgoutput]") {
  const std::string bytes("\0\x7f\xff", 3);
  CHECK(changes_of({logical_message_of({0x10}, "app", "hi"), insert_of(kOid, {"1", "a"}),
                    logical_message_of({0x20}, "app", bytes),
                    logical_message_of({0x28}, "e", "", false), insert_of(kOid, {"2", "b"})}) ==
        Texts{"m 1 app,\\x6869 old:", "c 2 1,a old:", "m 3 app,\\x007fff old:", "m 4 e,\\x old:",
              "c 5 2,b old:"});
  // As older versions logged it.
  BlockBuilder block({1});
  block.add_message(logical_message_of({0x10}, "app", "hi", false));
  const auto decoded = decode(block.take(), {}, {1});
  REQUIRE(decoded.ok());
  CHECK(decoded.value()->changes.empty());
}

TEST_CASE("decoder: a table altered inside a transaction keeps its earlier rows", "[pgoutput]") {
  const auto decoded = decode_transaction(
      {insert_of(kOid, {"1", "a"}),
       relation_of(kOid, "public", "t", 'd', {{"id", 25, 1}, {"v", 25, 0}, {"w", 23, 0}}),
       insert_of(kOid, {"2", "b", "5"})});
  REQUIRE(decoded.ok());
  CHECK(texts_of(*decoded.value()) == Texts{"c 1 1,a old:", "c 2 2,b,5 old:"});
  CHECK(decoded.value()->changes[0].relation->columns.size() == 2);
  CHECK(decoded.value()->changes[1].relation->columns.size() == 3);
  CHECK(decoded.value()->changes[0].relation->version !=
        decoded.value()->changes[1].relation->version);
}

TEST_CASE("decoder: the same relation announced again keeps its version", "[pgoutput]") {
  const auto decoded =
      decode_transaction({insert_of(kOid, {"1", "a"}), table('d'), insert_of(kOid, {"2", "b"})});
  REQUIRE(decoded.ok());
  CHECK(decoded.value()->changes[0].relation == decoded.value()->changes[1].relation);
}

TEST_CASE("decoder: the catalog says what is behind a domain, and the primary key", "[pgoutput]") {
  BlockBuilder block({1});
  block.add_schema(log::RecordType::Catalog, kOid, catalog(1700, "v"));
  block.add_message(table('f'));
  const auto decoded = decode(block.take(), {}, {1});
  REQUIRE(decoded.ok());
  const Relation& relation = *decoded.value()->after.schema->relations.at(kOid);
  CHECK(relation.columns[1].type_class == TypeClass::Decimal);
  CHECK_FALSE(relation.columns[0].is_primary_key);
  CHECK(relation.columns[1].is_primary_key);
}

// Of the version that is in force after each announcement, with the catalog as it was changed.
TEST_CASE("decoder: whatever the catalog says otherwise makes another version", "[pgoutput]") {
  Catalog catalog;
  catalog.columns = {{"text", 'b', 25, 0, {}}, {"mood", 'e', 16400, 0, {"sad"}, 'e'}};
  DecoderState state;
  Sequence next{1};
  const auto announce = [&] {
    BlockBuilder block(next);
    block.add_schema(log::RecordType::Catalog, kOid, encode(catalog)).add_message(table('d'));
    next = block.next();
    const auto decoded = decode(block.take(), state, {1});
    REQUIRE(decoded.ok());
    state = decoded.value()->after;
    return state.schema->relations.at(kOid);
  };
  RelationPtr last = announce();
  const auto is_another = [&] {
    const RelationPtr before = std::exchange(last, announce());
    return before->version != last->version;
  };
  CHECK_FALSE(is_another());
  catalog.columns[1].enum_labels.push_back("glad");
  CHECK(is_another());
  CHECK(last->columns[1].words->enum_labels == std::vector<std::string>{"sad", "glad"});
  catalog.columns[1].type_name = "temper";
  CHECK(is_another());
  catalog.columns[0].collation = Collation::Bytes;
  CHECK(is_another());
  CHECK(last->columns[0].collation == Collation::Bytes);
  catalog.columns[0].base_modifier = 14;
  CHECK(is_another());
  CHECK(last->columns[0].base_modifier == 14);
  catalog.columns[0].base_oid = 1043;
  CHECK(is_another());
  CHECK(last->columns[0].base_oid == 1043);
  catalog.columns[1].base_kind = 'b';
  CHECK(is_another());
  CHECK_FALSE(is_another());
}

TEST_CASE("decoder: before the first wanted record only the schema is taken", "[pgoutput]") {
  BlockBuilder block({10});
  block.add_message(begin_message({0x100}, 7)).add_message(table('d'));
  block.add_message(insert_of(kOid, {"1", "a"})).add_message(commit_message({0x100}, {0x130}));
  block.add_message(begin_message({0x200}, 8)).add_message(insert_of(kOid, {"2", "b"}));
  block.add_message(commit_message({0x200}, {0x230}));
  const auto decoded = decode(block.take(), {}, {14});
  REQUIRE(decoded.ok());
  CHECK(texts_of(*decoded.value()) == Texts{"c 1 2,b old:"});
  CHECK(decoded.value()->parts.size() == 1);
}

TEST_CASE("decoder: what does not fit together is corrupt and names the record", "[pgoutput]") {
  const std::vector<std::vector<Message>> wrong = {
      {insert_of(99, {"1", "a"})},             // never announced
      {insert_of(kOid, {"1"})},                // too few cells
      {insert_of(kOid, {"1", "a", "b"})},      // too many
      {insert_of(kOid, {})},                   // none at all
      {update_of(kOid, 'K', {}, {"1", "a"})},  // an old key of no cells
      {delete_of(kOid, 'K', {})},
      {begin_message({0x200}, 8)},  // a transaction in a transaction
      {truncate_of({99}, 0)},
      {Message{std::byte{'S'}}},  // streamed, though nobody asked for it
      {Message{}},
  };
  for (std::size_t i = 0; i < wrong.size(); ++i) {
    INFO("case " << i);
    BlockBuilder block({1});
    block.add_message(table('d')).add_message(begin_message({0x100}, 7));
    for (const Message& message : wrong[i]) {
      message.empty() ? block.add(log::RecordType::Message, {}) : block.add_message(message);
    }
    const auto decoded = decode(block.take(), {}, {1});
    CHECK_FALSE(decoded.ok());
    if (decoded.ok()) continue;
    CHECK(decoded.error().kind == ErrorKind::Corrupt);
    CHECK(decoded.error().what.starts_with("record 3: "));
  }
}

TEST_CASE("decoder: rows and ends outside of a transaction are corrupt", "[pgoutput]") {
  for (const Message& message :
       {insert_of(kOid, {"1", "a"}), truncate_of({kOid}, 0), commit_message({0x100}, {0x130})}) {
    BlockBuilder block({1});
    block.add_message(table('d')).add_message(message);
    const auto decoded = decode(block.take(), {}, {1});
    REQUIRE_FALSE(decoded.ok());
    CHECK(decoded.error().kind == ErrorKind::Corrupt);
  }
}

TEST_CASE("decoder: a record type of a newer version stops the reader", "[pgoutput]") {
  BlockBuilder block({1});
  block.add(log::RecordType::Spooled, {});
  const auto decoded = decode(block.take(), {}, {1});
  REQUIRE_FALSE(decoded.ok());
  CHECK(decoded.error().kind == ErrorKind::Invalid);
}

namespace {

// id, and a value that is stored out of line when it is long.
using Table = std::map<std::string, std::string>;

bool is_toasted(const std::string& value) {
  return value.size() > 8;
}

// Lives through random statements and tells them as PostgreSQL would.
class Server {
 public:
  Server(char identity, std::uint64_t seed) : identity_(identity), random_(seed) {}

  std::vector<Message> transaction(bool commits) {
    const Table before = rows_;
    std::vector<Message> messages{begin_message({lsn_ += 0x100}, 7)};
    const std::size_t statements = random_.next() % 8;
    for (std::size_t i = 0; i < statements; ++i) messages.push_back(statement());
    if (commits) {
      messages.push_back(commit_message({lsn_}, {lsn_ + 0x30}));
    } else {
      rows_ = before;
    }
    return messages;
  }
  const Table& rows() const { return rows_; }

 private:
  Message statement() {
    const std::uint64_t dice = random_.next() % 20;
    if (dice == 0) {
      rows_.clear();
      return truncate_of({kOid}, 0);
    }
    if (rows_.empty() || dice < 7) return insert();
    auto victim = rows_.begin();
    std::advance(victim, static_cast<std::ptrdiff_t>(random_.next() % rows_.size()));
    const std::string key = victim->first, value = victim->second;
    if (dice < 10) {
      rows_.erase(victim);
      return delete_of(kOid, old_kind(), old_row(key, value));
    }
    return update(key, value, dice);
  }

  Message insert() {
    const std::string key = "k" + std::to_string(++keys_), value = new_value();
    rows_[key] = value;
    return insert_of(kOid, {key, value});
  }

  Message update(const std::string& key, const std::string& value, std::uint64_t dice) {
    const std::string new_key = dice < 13 ? "k" + std::to_string(++keys_) : key;
    const bool keeps = random_.next() % 2 == 0;
    const std::string now = keeps ? value : new_value();
    rows_.erase(key);
    rows_[new_key] = now;
    const TupleCell cell = keeps && is_toasted(value) ? kUnchangedCell : TupleCell(now);
    const bool tells_old = identity_ == 'f' || new_key != key;
    return update_of(kOid, tells_old ? old_kind() : '-', old_row(key, value), {new_key, cell});
  }

  std::string new_value() {
    return std::string(random_.next() % 16, static_cast<char>('a' + random_.next() % 26));
  }
  char old_kind() const { return identity_ == 'f' ? 'O' : 'K'; }
  Tuple old_row(const std::string& key, const std::string& value) const {
    return {key, identity_ == 'f' ? TupleCell(value) : kNullCell};
  }

  const char identity_;
  SeededRandom random_;
  Table rows_;
  std::uint64_t lsn_ = 0x1000;
  std::uint64_t keys_ = 0;
};

// Knows of the table only what the changes say.
class Copy {
 public:
  void apply(const DecodedBlock& block) {
    for (const TransactionPart& part : block.parts) {
      if (!is_open_) working_ = rows_;
      for (std::uint32_t i = 0; i < part.change_count; ++i) {
        apply(block.changes[part.first_change + i]);
      }
      is_open_ = part.end == TransactionPart::End::Open;
      if (!is_open_) ordinal_ = 0;
      if (part.end == TransactionPart::End::Commit) rows_ = working_;
    }
  }
  const Table& rows() const { return rows_; }

 private:
  void apply(const Change& change) {
    REQUIRE(change.id.ordinal == ++ordinal_);
    if (change.operation == Operation::Truncate) return working_.clear();
    const std::string key(change.row[0].text());
    if (change.operation == Operation::Delete) {
      REQUIRE(working_.count(key) == 1);
      deleted_[key] = working_[key];
      working_.erase(key);
      return;
    }
    // What was not sent stays as it was: under the old key, if there was one.
    const std::string before = change.old.empty() ? key : std::string(change.old[0].text());
    const bool is_create = change.operation == Operation::Create;
    REQUIRE(working_.count(key) == (is_create ? 0 : 1));
    working_[key] = !change.row[1].is_unchanged() ? std::string(change.row[1].text())
                    : is_create                   ? deleted_.at(before)
                                                  : working_.at(before);
  }

  Table rows_, working_, deleted_;
  bool is_open_ = false;
  std::uint64_t ordinal_ = 0;
};

void live_and_compare(char identity, std::uint64_t seed) {
  SeededRandom random(seed);
  Server server(identity, seed + 1);
  Copy copy;
  DecoderState state;
  BlockBuilder block({1});
  // Blocks end anywhere, also inside of a transaction.
  const auto end_block = [&] {
    const Sequence next = block.next();
    const auto decoded = decode(block.take(), state, {1});
    REQUIRE(decoded.ok());
    state = decoded.value()->after;
    copy.apply(*decoded.value());
    block = BlockBuilder(next);
  };
  block.add_schema(log::RecordType::Catalog, kOid, catalog(25, "id"));
  block.add_message(table(identity));
  for (int i = 0; i < 60; ++i) {
    const bool commits = random.next() % 6 != 0;
    for (const Message& message : server.transaction(commits)) {
      block.add_message(message);
      if (random.next() % 5 == 0) end_block();
    }
    if (!commits) block.add(log::RecordType::Abandon, {});
  }
  end_block();
  REQUIRE(copy.rows() == server.rows());
}

}  // namespace

TEST_CASE("decoder: a copy that applies the changes equals the table", "[pgoutput]") {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    INFO("seed " << seed);
    live_and_compare('d', seed);
    live_and_compare('f', seed);
  }
}
