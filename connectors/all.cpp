#include "connectors/all.h"

#include "connectors/null/null_sink.h"
#include "connectors/stage/stage_sink.h"
#include "connectors/stage/url.h"

namespace slotcast::connectors {
namespace {

Status check_one(const stage::Options& options) {
  TRY(stage::directory_of_url(options.url));
  TRY(stage::Pattern::parse(options.pattern));
  if (options.format != "jsonl") {
    return invalid("format \"" + options.format + "\" is not supported; write jsonl");
  }
  return {};
}

Status check_one(const null::Options&) {
  return {};
}

Result<std::unique_ptr<sink::Sink>> make_one(const stage::Options& options,
                                             const sink::Environment& environment) {
  TRY_ASSIGN(std::string root, stage::directory_of_url(options.url));
  TRY_ASSIGN(stage::Pattern pattern, stage::Pattern::parse(options.pattern));
  return std::unique_ptr<sink::Sink>(std::make_unique<stage::StageSink>(
      std::move(root), std::move(pattern), environment, &io::open_directory));
}

Result<std::unique_ptr<sink::Sink>> make_one(const null::Options&, const sink::Environment&) {
  return std::unique_ptr<sink::Sink>(std::make_unique<null::NullSink>());
}

}  // namespace

const char* name_of(const Options& options) {
  return std::holds_alternative<stage::Options>(options) ? "stage" : "null";
}

Status check(const Options& options) {
  return std::visit([](const auto& one) { return check_one(one); }, options);
}

Result<std::unique_ptr<sink::Sink>> make(const Options& options,
                                         const sink::Environment& environment) {
  return std::visit([&](const auto& one) { return make_one(one, environment); }, options);
}

}  // namespace slotcast::connectors
