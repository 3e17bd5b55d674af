#include "connectors/stage/make.h"

#include "connectors/stage/directory_place.h"
#include "connectors/stage/s3/object_place.h"
#include "connectors/stage/stage_sink.h"
#include "connectors/stage/url.h"
#include "lib/io/posix.h"

namespace slotcast::stage {
namespace {

void check_url(const Options& options, sink::Mistakes& found) {
  if (!is_s3(options)) {
    const auto directory = directory_of_url(options.url);
    if (!directory.ok()) found.emplace_back("url", directory.error());
    return;
  }
  const auto location = s3::parse_location(options.url);
  if (!location.ok()) {
    found.emplace_back("url", location.error());
    return;
  }
  const Status usable = s3::check(location.value(), options.s3, s3::process_variables());
  if (!usable.ok()) found.emplace_back("url", usable.error());
}

void check_format(const Options& options, sink::Mistakes& found) {
  const bool is_csv = options.format == Format::Csv;
  for (const auto& [key, error] : is_csv ? sink::check(options.csv) : sink::check(options.jsonl)) {
    const Error named = error.prefixed(key);
    found.emplace_back(key == "meta" ? key : std::string(name_of(options.format)) + "." + key,
                       named);
  }
}

Result<std::unique_ptr<s3::ObjectStage>> make_objects(const Options& options,
                                                      const std::string& owner, Clock& clock,
                                                      Random& random) {
  return s3::ObjectStage::make(options.url, owner, options.s3, s3::process_variables(), clock,
                               random);
}

Result<std::unique_ptr<Place>> make_place(const Options& options,
                                          const sink::Environment& environment) {
  if (is_s3(options)) {
    const std::string owner = owner_of(environment);
    TRY_ASSIGN(auto objects, make_objects(options, owner, *environment.clock, *environment.random));
    return std::unique_ptr<Place>(std::make_unique<s3::ObjectPlace>(std::move(objects), owner));
  }
  TRY_ASSIGN(std::string root, directory_of_url(options.url));
  return std::unique_ptr<Place>(
      std::make_unique<DirectoryPlace>(std::move(root), environment, &io::open_directory));
}

}  // namespace

sink::Mistakes check(const Options& options) {
  sink::Mistakes found;
  check_url(options, found);
  const auto pattern = pattern_of(options);
  if (!pattern.ok()) found.emplace_back("pattern", pattern.error());
  check_format(options, found);
  return found;
}

Status ask(const Options& options) {
  if (is_s3(options)) {
    SystemClock clock;
    SystemRandom random;
    TRY_ASSIGN(const auto objects, make_objects(options, "check", clock, random));
    return objects->ask().prefixed("stage");
  }
  TRY_ASSIGN(const std::string root, directory_of_url(options.url));
  return io::check_writable(root).prefixed("stage");
}

Result<std::unique_ptr<sink::Sink>> make(const Options& options,
                                         const sink::Environment& environment) {
  TRY_ASSIGN(Pattern pattern, pattern_of(options));
  TRY_ASSIGN(auto place, make_place(options, environment));
  return std::unique_ptr<sink::Sink>(
      std::make_unique<StageSink>(std::move(place), std::move(pattern), options, environment));
}

}  // namespace slotcast::stage
