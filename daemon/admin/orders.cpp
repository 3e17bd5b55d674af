#include "daemon/admin/orders.h"

#include <simdjson.h>

#include <array>

#include "lib/sink/encode/json_text.h"

namespace slotcast::admin {
namespace {

using Verb = Order::Verb;
using std::chrono::milliseconds;

constexpr std::array kOfSinks{Verb::Pause,  Verb::Resume,  Verb::Rewind,
                              Verb::Resync, Verb::Redrive, Verb::Forget};
constexpr std::string_view kSinks = "/v1/sinks/";
constexpr std::string_view kCut = "/v1/cut";
constexpr Duration kPatienceMax = std::chrono::hours(1);

bool parse_target(std::string_view target, Order& order) {
  if (target == kCut) {
    order.verb = Verb::Cut;
    return true;
  }
  if (!target.starts_with(kSinks)) return false;
  target.remove_prefix(kSinks.size());
  const std::size_t slash = target.find('/');
  if (slash == std::string_view::npos || slash == 0) return false;
  order.sink = target.substr(0, slash);
  for (const Verb verb : kOfSinks) {
    if (target.substr(slash + 1) != name_of(verb)) continue;
    order.verb = verb;
    return true;
  }
  return false;
}

Status take_member(std::string_view key, const simdjson::dom::element& value, Order& order) {
  const auto wrong = [&](const char* wanted) {
    return Status(invalid("\"" + std::string(key) + "\" must be " + wanted));
  };
  std::string_view text;
  const bool is_text = value.get_string().get(text) == simdjson::SUCCESS;
  for (auto [name, member] : {std::pair(std::string_view("pipeline"), &order.pipeline),
                              {std::string_view("to"), &order.to},
                              {std::string_view("table"), &order.table}}) {
    if (key != name) continue;
    if (!is_text) return wrong("a string");
    *member = text;
    return {};
  }
  if (key == "pause") {
    return value.get_bool().get(order.pause) == simdjson::SUCCESS ? Status()
                                                                  : wrong("true or false");
  }
  if (key == "timeout_ms") {
    std::uint64_t count = 0;
    const bool is_number = value.get_uint64().get(count) == simdjson::SUCCESS;
    if (!is_number || count > static_cast<std::uint64_t>(kPatienceMax / milliseconds(1))) {
      return wrong("a number of milliseconds, at most an hour");
    }
    order.patience = milliseconds(count);
    return {};
  }
  return invalid("unknown member \"" + std::string(key) + "\"");
}

}  // namespace

const char* name_of(Verb verb) {
  switch (verb) {
    case Verb::Pause:
      return "pause";
    case Verb::Resume:
      return "resume";
    case Verb::Rewind:
      return "rewind";
    case Verb::Resync:
      return "resync";
    case Verb::Redrive:
      return "redrive";
    case Verb::Forget:
      return "forget";
    case Verb::Cut:
      return "cut";
  }
  return "unknown";
}

Result<Order> parse_order(std::string_view target, std::string_view body, bool& is_known) {
  Order order;
  is_known = parse_target(target, order);
  if (!is_known) return invalid("no such target");
  simdjson::dom::parser parser;
  simdjson::dom::object members;
  const simdjson::padded_string padded(body);
  if (parser.parse(padded).get_object().get(members) != simdjson::SUCCESS) {
    return invalid("the body must be a JSON object");
  }
  for (const auto member : members) TRY(take_member(member.key, member.value, order));
  if (order.pipeline.empty()) return invalid("\"pipeline\" must name the pipeline that is meant");
  if (order.verb == Verb::Rewind && order.to.empty()) {
    return invalid("rewind needs \"to\": an LSN or a time");
  }
  return order;
}

std::string target_of(const Order& order) {
  if (order.verb == Verb::Cut) return std::string(kCut);
  return std::string(kSinks) + order.sink + "/" + name_of(order.verb);
}

std::string body_of(const Order& order) {
  sink::Buffer out;
  out.append("{\"pipeline\":");
  sink::append_json_string(out, order.pipeline);
  if (order.verb == Verb::Rewind) {
    out.append(",\"to\":");
    if (!sink::append_json_string(out, order.to)) out.append("\"\"");
  }
  if (!order.table.empty()) {
    out.append(",\"table\":");
    if (!sink::append_json_string(out, order.table)) out.append("\"\"");
  }
  if (order.verb == Verb::Cut) {
    out.append(order.pause ? ",\"pause\":true" : ",\"pause\":false");
    out.append(",\"timeout_ms\":" + std::to_string(order.patience / milliseconds(1)));
  }
  out.append('}');
  return std::string(out.text());
}

Result<std::string> carry_out(const Order& order, SinkControl& control) {
  switch (order.verb) {
    case Verb::Pause:
      return control.pause(order.sink);
    case Verb::Resume:
      return control.resume(order.sink);
    case Verb::Rewind:
      return control.rewind(order.sink, order.to);
    case Verb::Resync:
      return control.resync(order.sink, order.table);
    case Verb::Redrive:
      return control.redrive(order.sink);
    case Verb::Forget:
      return control.forget(order.sink);
    case Verb::Cut:
      return control.cut(order.pause, order.patience);
  }
  return invalid("unknown order");
}

Answer answer_of(const Result<std::string>& done) {
  if (done.ok()) return {200, Answer().type, done.value() + "\n"};
  const int status = done.error().kind == ErrorKind::Transient ? 503 : 409;
  return {status, Answer().type, done.error().what + "\n"};
}

Answer obey(const Order& order, const std::string& pipeline, SinkControl* control) {
  if (order.pipeline != pipeline) {
    return answer_of(Result<std::string>(
        invalid("this is pipeline " + pipeline + ", the order is for " + order.pipeline)));
  }
  if (control == nullptr) {
    return answer_of(Result<std::string>(transient("the pipeline is not running yet")));
  }
  return answer_of(carry_out(order, *control));
}

}  // namespace slotcast::admin
