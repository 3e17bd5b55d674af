#include "daemon/admin/routes.h"

#include <array>

#include "daemon/admin/json.h"
#include "daemon/admin/metrics.h"
#include "daemon/admin/orders.h"

namespace slotcast::admin {
namespace {

// Alive as long as capture has not given up: what is worth a restart.
Answer health(const Snapshot& snapshot) {
  if (snapshot.capture.state == capture::State::Failed) {
    return {500, Answer().type, "failed: " + snapshot.capture.last_error + "\n"};
  }
  return {200, Answer().type, "ok\n"};
}

Answer readiness(const Snapshot& snapshot) {
  std::string reason;
  if (is_ready(snapshot, reason)) return {200, Answer().type, "ready\n"};
  return {503, Answer().type, "not ready: " + reason + "\n"};
}

Answer status(const Snapshot& snapshot) {
  return {200, "application/json", status_json(snapshot)};
}

Answer prometheus_page(const Snapshot& snapshot) {
  return {200, "text/plain; version=0.0.4; charset=utf-8", metrics_text(snapshot)};
}

Answer index(const Snapshot& snapshot);

struct Route {
  std::string_view path;
  Answer (*handler)(const Snapshot&);
  std::string_view about;
};

constexpr std::array<Route, 5> kRoutes{{
    {"/", &index, "this page"},
    {"/healthz", &health, "200 while the process can go on"},
    {"/readyz", &readiness, "200 while changes flow; otherwise 503 and the reason"},
    {"/metrics", &prometheus_page, "for Prometheus"},
    {"/v1/status", &status, "everything, as JSON; `slotcast status` prints it"},
}};

Answer index(const Snapshot& snapshot) {
  std::string body = "slotcast " + snapshot.version + ", pipeline " + snapshot.pipeline + "\n\n";
  for (const Route& route : kRoutes) {
    body += std::string(route.path) + std::string(12 - route.path.size(), ' ') +
            std::string(route.about) + "\n";
  }
  body += "\nPOST, from this machine (`slotcast sink` does it):\n";
  using Verb = Order::Verb;
  for (const Verb verb : {Verb::Pause, Verb::Resume, Verb::Rewind, Verb::Resync, Verb::Redrive,
                          Verb::Forget, Verb::Cut}) {
    Order order;
    order.verb = verb;
    order.sink = "NAME";
    body += target_of(order) + "\n";
  }
  return {200, Answer().type, body};
}

}  // namespace

Answer answer(std::string_view path, const Snapshot& snapshot) {
  path = path.substr(0, path.find('?'));
  for (const Route& route : kRoutes) {
    if (route.path == path) return route.handler(snapshot);
  }
  return {404, Answer().type, "no such page; / lists them\n"};
}

}  // namespace slotcast::admin
