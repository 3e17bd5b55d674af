#include "connectors/stage/token.h"

#include <catch2/catch.hpp>

using namespace slotcast;

namespace {

const stage::PreparedBatch kBatch{
    "123456789 77",
    {{"1-77.tmp", "public.t/2026/a b.jsonl", "{\"file\":1}"}, {"2-78.tmp", "x", "{}"}}};

}  // namespace

TEST_CASE("stage token: what is encoded comes back", "[stage]") {
  for (std::size_t count = 0; count <= kBatch.files.size(); ++count) {
    stage::PreparedBatch batch = kBatch;
    batch.files.resize(count);
    const auto decoded = stage::decode_token(stage::encode(batch));
    REQUIRE(decoded.ok());
    CHECK(decoded.value().place == batch.place);
    REQUIRE(decoded.value().files.size() == count);
    for (std::size_t i = 0; i < count; ++i) {
      CHECK(decoded.value().files[i].handle == batch.files[i].handle);
      CHECK(decoded.value().files[i].final_path == batch.files[i].final_path);
      CHECK(decoded.value().files[i].line == batch.files[i].line);
    }
  }
}

TEST_CASE("stage token: one that was cut at any byte is an error or has lost whole files only",
          "[stage]") {
  const sink::Token token = stage::encode(kBatch);
  for (std::size_t size = 0; size < token.size(); ++size) {
    const auto decoded = stage::decode_token(token.substr(0, size));
    // The journal's checksum guards the whole; here no half of a line may pass.
    CHECK(decoded.ok() == (size > 0 && token[size - 1] == '\n'));
  }
}

TEST_CASE("stage token: foreign and newer ones are told apart", "[stage]") {
  for (const char* foreign : {"", "null 1", "stage", "1-77.tmp\tx\t{}\n"}) {
    CHECK(stage::decode_token(foreign).error().kind == ErrorKind::Corrupt);
  }
  CHECK(stage::decode_token("stage 3 123\nwhatever\n").error().kind == ErrorKind::Invalid);
  for (const char* line : {"a", "a\tb", "a\tb\t", "\tb\t{}", "a\t\t{}"}) {
    CAPTURE(line);
    const auto decoded = stage::decode_token("stage 2 123\n" + std::string(line) + "\n");
    REQUIRE_FALSE(decoded.ok());
    CHECK(decoded.error().kind == ErrorKind::Corrupt);
  }
}
