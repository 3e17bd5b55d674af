// Goal:   an order arrives as it was meant, and nothing that is only nearly one is carried out.
#include "daemon/admin/orders.h"

#include <catch2/catch.hpp>

using namespace slotcast;
using admin::Order;
using Verb = Order::Verb;

namespace {

Result<Order> parse(const std::string& target, const std::string& body) {
  bool is_known = false;
  auto order = admin::parse_order(target, body, is_known);
  if (!is_known) CHECK_FALSE(order.ok());
  return order;
}

}  // namespace

TEST_CASE("orders: what is sent is what arrives", "[admin]") {
  for (const Verb verb : {Verb::Pause, Verb::Resume, Verb::Rewind, Verb::Resync, Verb::Redrive,
                          Verb::Forget, Verb::Cut}) {
    Order order;
    order.verb = verb;
    order.pipeline = "shop";
    if (verb != Verb::Cut) order.sink = "lake-2";
    if (verb == Verb::Rewind) order.to = "2026-11-21 18:00:00+01";
    if (verb == Verb::Resync) order.table = "a.\"odd \\ \"\"name\"\"\"";
    if (verb == Verb::Cut) {
      order.pause = true;
      order.patience = std::chrono::seconds(5);
    }
    const auto got = parse(admin::target_of(order), admin::body_of(order));
    REQUIRE(got.ok());
    CHECK(got.value().verb == order.verb);
    CHECK(got.value().pipeline == order.pipeline);
    CHECK(got.value().sink == order.sink);
    CHECK(got.value().to == order.to);
    CHECK(got.value().table == order.table);
    CHECK(got.value().pause == order.pause);
    CHECK(got.value().patience == order.patience);
  }
}

TEST_CASE("orders: what is wrong is named", "[admin]") {
  const std::string shop = R"({"pipeline":"shop"})";
  for (const char* target : {"/v1/sinks/lake", "/v1/sinks/lake/", "/v1/sinks//pause", "/v1/sinks/",
                             "/v1/sinks/lake/Pause", "/v1/sinks/lake/pause/x", "/v1/cut/", "/"}) {
    CAPTURE(target);
    CHECK_FALSE(parse(target, shop).ok());
  }
  CHECK(parse("/v1/cut", shop).ok());
  for (const char* body :
       {"", "[]", "{", "{\"pipeline\":1}", "{\"pipeline\":\"\"}", "{}",
        R"({"pipeline":"shop","pause":1})", R"({"pipeline":"shop","timeout_ms":-1})",
        R"({"pipeline":"shop","timeout_ms":3600001})", R"({"pipeline":"shop","tabel":"a.b"})"}) {
    CAPTURE(body);
    const auto order = parse("/v1/cut", body);
    REQUIRE_FALSE(order.ok());
    CHECK(order.error().kind == ErrorKind::Invalid);
  }
  CHECK(parse("/v1/sinks/a/rewind", shop).error().what.find("\"to\"") != std::string::npos);
}
