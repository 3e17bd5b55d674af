#include "connectors/all.h"

#include "connectors/null/null_sink.h"
#include "connectors/stage/directory_place.h"
#include "connectors/stage/stage_sink.h"
#include "connectors/stage/url.h"

namespace slotcast::connectors {
namespace {

Mistakes check_one(const stage::Options& options) {
  Mistakes found;
  const auto directory = stage::directory_of_url(options.url);
  if (!directory.ok()) found.emplace_back("url", directory.error());
  const auto pattern = stage::pattern_of(options);
  if (!pattern.ok()) found.emplace_back("pattern", pattern.error());
  if (options.format != "jsonl") {
    found.emplace_back("format",
                       invalid("format \"" + options.format + "\" is not supported; write jsonl"));
  }
  return found;
}

Mistakes check_one(const null::Options&) {
  return {};
}

Status ask_one(const stage::Options& options) {
  TRY_ASSIGN(const std::string root, stage::directory_of_url(options.url));
  return io::check_writable(root).prefixed("stage");
}

Status ask_one(const null::Options&) {
  return {};
}

Result<std::unique_ptr<sink::Sink>> make_one(const stage::Options& options,
                                             const sink::Environment& environment) {
  TRY_ASSIGN(std::string root, stage::directory_of_url(options.url));
  TRY_ASSIGN(stage::Pattern pattern, stage::pattern_of(options));
  auto place =
      std::make_unique<stage::DirectoryPlace>(std::move(root), environment, &io::open_directory);
  return std::unique_ptr<sink::Sink>(std::make_unique<stage::StageSink>(
      std::move(place), std::move(pattern), options, environment));
}

Result<std::unique_ptr<sink::Sink>> make_one(const null::Options&, const sink::Environment&) {
  return std::unique_ptr<sink::Sink>(std::make_unique<null::NullSink>());
}

}  // namespace

const char* name_of(const Options& options) {
  return std::holds_alternative<stage::Options>(options) ? "stage" : "null";
}

bool needs_key(const Options& options) {
  return std::visit([](const auto& one) { return one.kNeedsKey; }, options);
}

Mistakes check(const Options& options) {
  return std::visit([](const auto& one) { return check_one(one); }, options);
}

Status ask(const Options& options) {
  return std::visit([](const auto& one) { return ask_one(one); }, options);
}

Result<std::unique_ptr<sink::Sink>> make(const Options& options,
                                         const sink::Environment& environment) {
  return std::visit([&](const auto& one) { return make_one(one, environment); }, options);
}

}  // namespace slotcast::connectors
