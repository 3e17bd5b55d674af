#include "daemon/sink_command.h"

#include <simdjson.h>

#include <cstdio>

#include "daemon/admin/client.h"
#include "daemon/admin/json.h"
#include "daemon/admin/orders.h"
#include "daemon/app.h"
#include "daemon/human.h"
#include "daemon/json_member.h"
#include "daemon/pipeline.h"
#include "lib/base/diag.h"
#include "lib/io/posix.h"

namespace slotcast {
namespace {

using simdjson::dom::element;

// What the daemon takes beside the time an order asks for.
constexpr std::chrono::seconds kSlack(45);

int exit_code_of(const Error& error) {
  return static_cast<int>(error.kind == ErrorKind::Transient ? Exit::Failed : Exit::Usage);
}

int complain(const Error& error) {
  std::fprintf(stderr, "slotcast: %s\n", error.what.c_str());
  return exit_code_of(error);
}

admin::Order order_of(const config::Config& config, const Command& command) {
  using Verb = admin::Order::Verb;
  admin::Order order;
  for (const Verb verb : {Verb::Pause, Verb::Resume, Verb::Rewind, Verb::Resync, Verb::Redrive,
                          Verb::Forget, Verb::Cut}) {
    if (command.sink_verb == admin::name_of(verb)) order.verb = verb;
  }
  order.pipeline = config.name;
  order.sink = command.sink;
  order.to = command.to;
  order.table = command.table;
  order.pause = command.pause;
  order.patience = std::chrono::seconds(command.timeout_seconds);
  return order;
}

// What no daemon has the lock of, and whose files stay its own.
Status open_without_daemon(Pipeline& pipeline, const config::Config& config) {
  diag::set_level(diag::Level::Warning);
  TRY_ASSIGN(const bool is_own, io::is_own(config.state));
  if (!is_own) {
    return invalid("the daemon does not run, and its state directory " + config.state +
                   " belongs to another user: run this as that user");
  }
  TRY(pipeline.open({}));
  return pipeline.open_control();
}

Result<std::string> order_without_daemon(const config::Config& config, const admin::Order& order) {
  Pipeline pipeline(config);
  TRY(open_without_daemon(pipeline, config));
  auto done = admin::carry_out(order, pipeline.closed_control());
  TRY(pipeline.close_control());
  return done;
}

}  // namespace

int order_sink(const config::Config& config, const Command& command) {
  const admin::Order order = order_of(config, command);
  if (config.admin.port != 0) {
    const auto patience = std::chrono::duration_cast<std::chrono::seconds>(order.patience) + kSlack;
    const auto sent = admin::send(config.admin.host, config.admin.port, admin::target_of(order),
                                  admin::body_of(order), patience);
    if (!sent.ok()) return complain(sent.error());
    if (const auto& answer = sent.value()) {
      std::fputs(answer->body.c_str(), answer->status == 200 ? stdout : stderr);
      if (answer->status == 200) return 0;
      return static_cast<int>(answer->status >= 500 ? Exit::Failed : Exit::Usage);
    }
  }
  const auto done = order_without_daemon(config, order);
  if (!done.ok()) return complain(done.error());
  std::printf("%s\n", done.value().c_str());
  return 0;
}

std::string render_sinks(std::string_view json) {
  simdjson::dom::parser parser;
  element root;
  simdjson::dom::array sinks;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS ||
      root["sinks"].get_array().get(sinks) != simdjson::SUCCESS) {
    return "the daemon's answer is not JSON\n";
  }
  constexpr const char* kRow = "%-28s %-9s %-18s %10s %11s\n";
  std::string out = format(kRow, "SINK", "STATE", "DELIVERED", "BEHIND", "HOLDS LOG");
  const auto add = [&](const element& sink, const std::string& state) {
    const std::string name = text_of(sink, "name");
    out += format(kRow, name.size() > 28 ? (name.substr(0, 26) + "..").c_str() : name.c_str(),
                  state.c_str(), text_of(sink, "delivered").c_str(),
                  human_bytes(number_of(sink, "lag_bytes")).c_str(),
                  human_bytes(number_of(sink, "held_bytes")).c_str());
  };
  for (const element sink : sinks) add(sink, text_of(sink, "state"));
  simdjson::dom::array removed;
  if (root["removed_sinks"].get_array().get(removed) == simdjson::SUCCESS) {
    for (const element sink : removed) add(sink, "removed");
  }
  return out;
}

int list_sinks(const config::Config& config) {
  if (config.admin.port != 0) {
    const auto fetched = admin::fetch(config.admin.host, config.admin.port, "/v1/status");
    if (fetched.ok() && fetched.value().status == 200) {
      std::fputs(render_sinks(fetched.value().body).c_str(), stdout);
      return 0;
    }
  }
  Pipeline pipeline(config);
  if (Status opened = open_without_daemon(pipeline, config); !opened.ok()) {
    return complain(opened.error());
  }
  std::fputs(render_sinks(admin::status_json(pipeline.snapshot())).c_str(), stdout);
  const Status closed = pipeline.close_control();
  return closed.ok() ? 0 : complain(closed.error());
}

}  // namespace slotcast
