#include "daemon/admin/routes.h"

#include <catch2/catch.hpp>

#include "daemon/admin/json.h"
#include "tests/support/snapshots.h"

using namespace slotcast;
using admin::answer;

TEST_CASE("routes: every page that / lists answers", "[admin]") {
  const admin::Snapshot snapshot = test::healthy_snapshot();
  const admin::Answer index = answer("/", snapshot);
  CHECK(index.status == 200);
  for (const char* path : {"/", "/healthz", "/readyz", "/metrics", "/v1/status"}) {
    CAPTURE(path);
    CHECK(index.body.find(std::string("\n") + path + " ") != std::string::npos);
    CHECK(answer(path, snapshot).status == 200);
    CHECK(answer(std::string(path) + "?a=b&c", snapshot).status == 200);
  }
  CHECK(answer("/v1/status", snapshot).type == "application/json");
  CHECK(answer("/v1/status", snapshot).body == admin::status_json(snapshot));
}

TEST_CASE("routes: anything else is 404 and not repeated in the answer", "[admin]") {
  for (const char* path : {"", "//", "/metrics/", "/Metrics", "/v1", "/v1/status/", "/../metrics",
                           "/%6Detrics", "*", "?", "/<script>alert(1)</script>"}) {
    const admin::Answer missing = answer(path, test::healthy_snapshot());
    CAPTURE(path);
    CHECK(missing.status == 404);
    CHECK(missing.body.find("script") == std::string::npos);
  }
}

TEST_CASE("routes: a paused capture is healthy but not ready, a failed one neither", "[admin]") {
  admin::Snapshot snapshot = test::healthy_snapshot();
  snapshot.capture.state = capture::State::PausedLogFull;
  CHECK(answer("/healthz", snapshot).status == 200);
  CHECK(answer("/readyz", snapshot).status == 503);
  CHECK(answer("/readyz", snapshot).body == "not ready: capture is paused: log full\n");

  snapshot.capture.state = capture::State::Failed;
  snapshot.capture.last_error = "sync failed";
  CHECK(answer("/healthz", snapshot).status == 500);
  CHECK(answer("/healthz", snapshot).body == "failed: sync failed\n");
  CHECK(answer("/readyz", snapshot).status == 503);
}

TEST_CASE("routes: no page is one that a browser would run", "[admin]") {
  for (const char* path : {"/", "/healthz", "/readyz", "/metrics", "/v1/status", "/none"}) {
    const std::string type = answer(path, test::nasty_snapshot()).type;
    CHECK((type.starts_with("text/plain") || type == "application/json"));
  }
}
