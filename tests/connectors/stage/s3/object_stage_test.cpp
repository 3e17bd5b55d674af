// Goal: an object of a batch is invisible until it is committed, then there exactly once with the
// bytes that were written, whatever name it has and however large it is.
// Method: an S3 server that checks signatures; what is in its buckets is read from its disk.

#include "connectors/stage/s3/object_stage.h"

#include <catch2/catch.hpp>

#include "tests/support/s3_stage.h"

using namespace slotcast;
using namespace slotcast::stage::s3;
using slotcast::test::S3Server;
using slotcast::test::S3Stage;

namespace {

PreparedObject prepare_one(ObjectStage& stage, const std::string& path, const std::string& text) {
  ObjectWriter& writer = stage.start(path);
  REQUIRE(stage.append(writer, text).ok());
  auto prepared = slotcast::test::prepare(stage, {&writer});
  INFO((prepared.ok() ? "" : prepared.error().what));
  REQUIRE(prepared.ok());
  REQUIRE(prepared.value().size() == 1);
  return prepared.value()[0];
}

void make_room(ObjectStage& stage) {
  auto surplus = stage.make_room();
  while (surplus.ok() && surplus.value() != nullptr) {
    REQUIRE(stage.finish(*surplus.value()).ok());
    surplus = stage.make_room();
  }
  REQUIRE(surplus.ok());
}

std::string long_text(std::size_t bytes) {
  std::string text;
  text.reserve(bytes + 32);
  for (std::size_t i = 0; text.size() < bytes; ++i) text += "line " + std::to_string(i * i) + "\n";
  text.resize(bytes);
  return text;
}

}  // namespace

TEST_CASE("s3: an object is visible from its commit on, and a second commit changes nothing",
          "[s3]") {
  S3Server server;
  S3Stage far(server.settings());
  CHECK(far->is_conditional());
  const PreparedObject object = prepare_one(*far, "t/a.jsonl", "{}\n");
  CHECK(server.objects().empty());
  // As after a crash: another process, and what the journal kept.
  S3Stage later(server.settings());
  CHECK(later->identity() == far->identity());
  const auto read = decode_prepared(encode(object));
  REQUIRE(read.ok());
  REQUIRE(later->commit(read.value()).ok());
  REQUIRE(later->commit(read.value()).ok());
  CHECK(server.objects() == std::vector<std::string>{"stage/t/a.jsonl"});
  CHECK(server.content("stage/t/a.jsonl") == "{}\n");
}

TEST_CASE("s3: an object that was moved after its commit is not written again", "[s3]") {
  S3Server server;
  slotcast::test::FaultProxy proxy(server.port());
  S3Stage far(server.settings(proxy.url()));
  const PreparedObject object = prepare_one(*far, "a", "text");
  REQUIRE(far->commit(object).ok());
  server.remove("stage/a");
  CHECK(far->commit(object).ok());
  CHECK(server.objects().empty());
  // Amazon would answer 200 to a second completion, this server does not: it must not be asked.
  CHECK(proxy.count("POST", "uploadId=") == 1);
  // Nor is what somebody put in its place.
  server.put("stage/a", "another");
  CHECK(far->commit(object).ok());
  CHECK(server.content("stage/a") == "another");
}

TEST_CASE("s3: a name that is taken is not overwritten", "[s3]") {
  S3Server server;
  S3Stage far(server.settings());
  REQUIRE(far->write("a", "somebody's").ok());
  const PreparedObject object = prepare_one(*far, "a", "ours");
  const Status committed = far->commit(object);
  REQUIRE(!committed.ok());
  CHECK(committed.error().kind == ErrorKind::Invalid);
  CHECK(server.content("stage/a") == "somebody's");
  // Nothing is lost: when the operator has made room, the batch goes on.
  server.remove("stage/a");
  CHECK(far->commit(object).ok());
  CHECK(server.content("stage/a") == "ours");
}

TEST_CASE("s3: a second process under the same names stops the first one, and loses nothing",
          "[s3]") {
  S3Server server;
  S3Stage first(server.settings());
  const PreparedObject object = prepare_one(*first, "a", "text");
  S3Stage second(server.settings());
  REQUIRE(second->abort().ok());
  const Status taken = first->commit(object);
  REQUIRE(!taken.ok());
  CHECK(taken.error().kind == ErrorKind::Invalid);
  CHECK(taken.error().what.find("another process") != std::string::npos);
  CHECK(first->open().error().kind == ErrorKind::Invalid);
  CHECK(second->open().ok());
}

TEST_CASE("s3: names with any characters, by path and by virtual host", "[s3]") {
  S3Server server;
  const bool by_path = GENERATE(true, false);
  const std::string endpoint = "http://localhost:" + std::to_string(server.port());
  Settings settings = server.settings(endpoint);
  settings.path_style = by_path ? "true" : "false";
  S3Stage far(settings);
  for (const std::string name : {"plain", "a b+c", "x=1&y=2", "%2F%25", "\xc3\xa4\xe2\x82\xac",
                                 "q?f#g", "a~(b)'c\"d", "d/.hidden/e", "*$!@,;:"}) {
    INFO(name);
    REQUIRE(far->commit(prepare_one(*far, name, name)).ok());
    CHECK(server.content("stage/" + name) == name);
    const auto there = far->exists(name);
    REQUIRE(there.ok());
    CHECK(there.value());
  }
}

TEST_CASE("s3: a large object goes up in parts while it is written", "[s3]") {
  S3Server server;
  slotcast::test::FaultProxy proxy(server.port());
  S3Stage far(server.settings(proxy.url()));
  const std::string text = long_text((40u << 20) + 123);
  ObjectWriter& writer = far->start("large");
  constexpr std::size_t kPiece = 300'000;
  for (std::size_t at = 0; at < text.size(); at += kPiece) {
    REQUIRE(far->append(writer, std::string_view(text).substr(at, kPiece)).ok());
    CHECK(writer.buffered_bytes() < (16u << 20) + kPiece);
  }
  CHECK(proxy.count("PUT", "partNumber=") == 2);
  CHECK(server.objects().empty());
  const auto prepared = slotcast::test::prepare(*far, {&writer});
  REQUIRE(prepared.ok());
  CHECK(proxy.count("PUT", "partNumber=") == 3);
  REQUIRE(far->commit(prepared.value()[0]).ok());
  CHECK(server.content("stage/large") == text);
  CHECK(prepared.value()[0].bytes == text.size());
}

TEST_CASE("s3: many objects at once keep to the memory they are given", "[s3]") {
  S3Server server;
  Settings settings = server.settings();
  settings.buffer_bytes_max = 12u << 20;
  S3Stage far(settings);
  const std::string piece = long_text(1u << 20);
  std::map<std::string, std::string> expected;
  std::map<int, ObjectWriter*> writers;
  std::vector<ObjectWriter*> all;
  for (int i = 0; i < 60; ++i) {
    ObjectWriter*& writer = writers[i % 4];
    if (writer == nullptr || writer->is_finished()) {
      writer = all.emplace_back(&far->start(std::to_string(i)));
    }
    REQUIRE(far->append(*writer, piece).ok());
    make_room(*far);
    expected["stage/" + writer->key().substr(6)] += piece;
    std::size_t buffered = 0;
    for (const auto& [number, each] : writers) buffered += each->buffered_bytes();
    CHECK(buffered <= settings.buffer_bytes_max);
  }
  const auto prepared = slotcast::test::prepare(*far, all);
  REQUIRE(prepared.ok());
  for (const PreparedObject& each : prepared.value()) REQUIRE(far->commit(each).ok());
  REQUIRE(server.objects().size() == expected.size());
  for (const auto& [name, text] : expected) CHECK(server.content(name) == text);
}

TEST_CASE("s3: small objects that share the memory are finished early, and none is lost", "[s3]") {
  S3Server server;
  Settings settings = server.settings();
  settings.buffer_bytes_max = 1u << 20;
  S3Stage far(settings);
  ObjectWriter& one = far->start("one");
  ObjectWriter& two = far->start("two");
  REQUIRE(far->append(one, long_text(700'000)).ok());
  REQUIRE(far->append(two, "short").ok());
  CHECK_FALSE(one.is_finished());
  REQUIRE(far->append(two, long_text(400'000)).ok());
  make_room(*far);
  CHECK(one.is_finished());
  CHECK_FALSE(two.is_finished());
  const auto prepared = slotcast::test::prepare(*far, {&one, &two});
  REQUIRE(prepared.ok());
  for (const PreparedObject& each : prepared.value()) REQUIRE(far->commit(each).ok());
  CHECK(server.content("stage/one") == long_text(700'000));
  CHECK(server.content("stage/two") == "short" + long_text(400'000));
}

TEST_CASE("s3: an abort takes away this owner's unfinished uploads and nobody else's", "[s3]") {
  S3Server server;
  S3Stage ours(server.settings());
  S3Stage other(server.settings(), "another");
  const PreparedObject kept = prepare_one(*other, "other", "theirs");
  // Both were begun before a crash, one of them prepared.
  const PreparedObject first = prepare_one(*ours, "first", "1");
  S3Stage crashed(server.settings(), "owner");
  REQUIRE(crashed->append(crashed->start("second"), long_text(17u << 20)).ok());
  CHECK(ours.unfinished() ==
        std::vector<std::string>{"stage/first", "stage/other", "stage/second"});
  // The crashed process knew its own batch only; the one before had been settled by then.
  REQUIRE(ours->commit(first).ok());
  S3Stage later(server.settings());
  REQUIRE(later->abort().ok());
  CHECK(ours.unfinished() == std::vector<std::string>{"stage/other"});
  REQUIRE(later->abort().ok());
  CHECK(other->commit(kept).ok());
  CHECK(server.objects() == std::vector<std::string>{"stage/first", "stage/other"});
}

TEST_CASE("s3: many uploads are aborted", "[s3]") {
  S3Server server;
  S3Stage far(server.settings());
  constexpr int kCount = 40;
  std::vector<ObjectWriter*> writers;
  for (int i = 0; i < kCount; ++i) {
    writers.push_back(&far->start("many/" + std::to_string(i)));
    REQUIRE(far->append(*writers.back(), "x").ok());
  }
  REQUIRE(slotcast::test::prepare(*far, writers).ok());
  CHECK(far.unfinished().size() == kCount);
  S3Stage later(server.settings());
  REQUIRE(later->abort().ok());
  CHECK(far.unfinished().empty());
}

TEST_CASE("s3: a long list of parts is read to its end", "[s3]") {
  S3Server server;
  S3Stage far(server.settings());
  constexpr int kCount = 1005;
  const auto id = far.bucket().create_upload("parts", "mark");
  REQUIRE(id.ok());
  const UnfinishedUpload upload{"parts", id.value()};
  std::vector<Part> sent;
  for (int number = 1; number <= kCount; ++number) {
    auto part = far.bucket().put_part(upload, number, "part " + std::to_string(number));
    REQUIRE(part.ok());
    sent.push_back(part.value());
  }
  const auto listed = far.bucket().parts_of(upload);
  REQUIRE(listed.ok());
  REQUIRE(listed.value().has_value());
  CHECK(checksum_of(*listed.value()) == checksum_of(sent));
  REQUIRE(far.bucket().abort(upload).ok());
  CHECK(far.bucket().abort(upload).ok());
  const auto gone = far.bucket().parts_of(upload);
  REQUIRE(gone.ok());
  CHECK_FALSE(gone.value().has_value());
}
