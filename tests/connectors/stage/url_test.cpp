#include "connectors/stage/url.h"

#include <catch2/catch.hpp>

using namespace slotcast;

TEST_CASE("stage url: a file url is an absolute directory, percent-decoded", "[stage]") {
  const std::pair<const char*, const char*> cases[] = {
      {"file:///srv/stage", "/srv/stage"},
      {"file:///srv/stage/", "/srv/stage"},
      {"file:///", "/"},
      {"file:///a%20b", "/a b"},
      {"file:///a%2525", "/a%25"},
      {"file:///%C3%a9", "/\u00e9"},
      {"file:///a b", "/a b"},
      {"file:///a//", "/a"},
  };
  for (const auto& [url, path] : cases) {
    CAPTURE(url);
    const auto found = stage::directory_of_url(url);
    REQUIRE(found.ok());
    CHECK(found.value() == path);
  }
}

TEST_CASE("stage url: anything else is refused and says what is possible", "[stage]") {
  for (const char* url :
       {"", "/srv/stage", "file:", "file://", "file:/srv", "file://host/srv", "s3://bucket/x",
        "FILE:///srv", "file:///a%", "file:///a%2", "file:///a%zz", "file:///a%00b", "file:///a%-1",
        "file:///a% 1", "file:///a%0x"}) {
    CAPTURE(url);
    const auto found = stage::directory_of_url(url);
    REQUIRE_FALSE(found.ok());
    CHECK(found.error().kind == ErrorKind::Invalid);
    CHECK((found.error().what.find("file:///absolute") != std::string::npos ||
           found.error().what.find("two hexadecimal digits") != std::string::npos));
  }
}
