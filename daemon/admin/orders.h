#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "daemon/admin/routes.h"
#include "daemon/sink_control.h"

// What an operator wants of a sink, as a POST says it:
//
//     POST /v1/sinks/NAME/pause|resume|rewind|resync|redrive|forget
//     POST /v1/cut
//     Content-Type: application/json
//     {"pipeline": "shop", "to": "16/B374D848", "table": "public.orders", "pause": false,
//      "timeout_ms": 60000}
//
// Only "pipeline" must be there, so that an order meant for another daemon does nothing.

namespace slotcast::admin {

struct Order {
  enum class Verb { Pause, Resume, Rewind, Resync, Redrive, Forget, Cut };
  Verb verb = Verb::Pause;
  std::string pipeline;
  std::string sink;    // all but cut
  std::string to;      // rewind: an LSN or a time
  std::string table;   // resync: "schema.table"; empty: all tables of the sink
  bool pause = false;  // cut: the sinks stay where they stand
  Duration patience = std::chrono::seconds(60);  // cut
};

const char* name_of(Order::Verb verb);  // "pause", ...

// The target and body of a POST. Invalid with what is wrong; is_known is false when there is no
// such target at all.
Result<Order> parse_order(std::string_view target, std::string_view body, bool& is_known);
std::string target_of(const Order& order);
std::string body_of(const Order& order);

// Does it, and waits for the end.
Result<std::string> carry_out(const Order& order, SinkControl& control);

// The same of a running daemon: an order for another pipeline does nothing, and `control` is null
// while it begins.
Answer obey(const Order& order, const std::string& pipeline, SinkControl* control);

// Who carries orders out for the server, on a thread of its own.
using CarryOut = std::function<Answer(const Order&)>;
Answer answer_of(const Result<std::string>& done);

}  // namespace slotcast::admin
