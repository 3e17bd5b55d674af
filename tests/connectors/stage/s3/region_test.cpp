// Goal: an s3:// url, an endpoint and a region become the address that S3's manual gives.
// Method: addresses written by hand.

#include "connectors/stage/s3/region.h"

#include <catch2/catch.hpp>

#include "connectors/stage/s3/part_sizes.h"
#include "connectors/stage/s3/prepared_object.h"
#include "tests/support/s3_server.h"

using namespace slotcast;
using namespace slotcast::stage::s3;

namespace {

std::string address(const std::string& url, const Settings& settings) {
  const auto location = parse_location(url);
  if (!location.ok()) return location.error().what;
  const auto found = address_of(location.value(), settings, test::no_variables());
  return found.ok() ? found.value().base + " " + found.value().region : found.error().what;
}

}  // namespace

TEST_CASE("s3: addresses of buckets", "[s3]") {
  Settings settings;
  CHECK(address("s3://bucket/p", settings).find("needs a region") != std::string::npos);
  settings.region = "eu-west-3";
  CHECK(address("s3://bucket/p", settings) ==
        "https://bucket.s3.eu-west-3.amazonaws.com eu-west-3");
  CHECK(address("s3://my.bucket", settings) ==
        "https://s3.eu-west-3.amazonaws.com/my.bucket eu-west-3");
  settings.region = "cn-north-1";
  CHECK(address("s3://bucket", settings) ==
        "https://bucket.s3.cn-north-1.amazonaws.com.cn cn-north-1");
  settings.region.clear();
  settings.endpoint = "https://minio.example:9000/";
  CHECK(address("s3://bucket", settings) == "https://minio.example:9000/bucket us-east-1");
  settings.path_style = "false";
  CHECK(address("s3://bucket", settings) == "https://bucket.minio.example:9000 us-east-1");
  settings.path_style = "perhaps";
  CHECK(address("s3://bucket", settings).find("path_style") != std::string::npos);
  settings.path_style = "auto";
  for (const char* wrong : {"minio:9000", "ftp://minio", "https://", "https://u:secret@minio"}) {
    settings.endpoint = wrong;
    CHECK(address("s3://bucket", settings).find("is not https://host") != std::string::npos);
    CHECK(address("s3://bucket", settings).find("secret") == std::string::npos);
  }
}

TEST_CASE("s3: buckets and prefixes of urls", "[s3]") {
  const auto location = parse_location("s3://bucket//a/b//");
  REQUIRE(location.ok());
  CHECK(location.value().bucket == "bucket");
  CHECK(location.value().prefix == "a/b/");
  CHECK(parse_location("s3://bucket").value().prefix.empty());
  for (const char* wrong : {"s3://", "s3:///x", "file:///x", "s3://b", "s3://a b/x", "s3://..."}) {
    CHECK_FALSE(parse_location(wrong).ok());
  }
}

TEST_CASE("s3: parts grow so that the largest object fits into those that S3 allows", "[s3]") {
  std::uint64_t total = 0;
  for (int number = 1; number <= kPartsMax; ++number) {
    REQUIRE(part_bytes(number) >= kPartBytesMin);
    REQUIRE(part_bytes(number) <= (5ull << 30));
    total += part_bytes(number);
  }
  CHECK(total >= kObjectBytesMax);
  // What 16 GiB need in memory.
  CHECK(part_bytes(1000) == 16u << 20);
}

TEST_CASE("s3: a prepared object is read as it was written, and nothing else is", "[s3]") {
  const PreparedObject object{"a b/\xc3\xa4%\t\n.jsonl", "id+/=", "1-2", 5, 1, 4'000'000'000};
  const std::string line = encode(object);
  CHECK(line.find_first_of("\t\n") == std::string::npos);
  const auto read = decode_prepared(line);
  REQUIRE(read.ok());
  CHECK(read.value().key == object.key);
  CHECK(read.value().upload_id == object.upload_id);
  CHECK(read.value().mark == object.mark);
  CHECK(read.value().bytes == 5);
  CHECK(read.value().parts == 1);
  CHECK(read.value().checksum == object.checksum);
  for (const std::string& wrong : {std::string(), line + " 1", "%4" + line.substr(0, 0),
                                   std::string("k i m 1 1"), std::string("k i m 1 1 -1")}) {
    CHECK_FALSE(decode_prepared(wrong).ok());
  }
}
