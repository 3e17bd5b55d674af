#include "connectors/all.h"

#include "connectors/kafka/ask.h"
#include "connectors/kafka/hazard.h"
#include "connectors/kafka/make.h"
#include "connectors/null/null_sink.h"
#include "connectors/stage/make.h"

namespace slotcast::connectors {
namespace {

Mistakes check_one(const stage::Options& options) {
  return stage::check(options);
}

Mistakes check_one(const kafka::Options& options) {
  return kafka::check(options);
}

Mistakes check_one(const null::Options&) {
  return {};
}

using Findings = std::vector<sink::Finding>;

Findings ask_one(const stage::Options& options, const sink::Asked&) {
  const Status answer = stage::ask(options);
  return answer.ok() ? Findings() : Findings{{sink::Finding::Kind::Error, answer.error().what}};
}

Findings ask_one(const kafka::Options& options, const sink::Asked& asked) {
  return kafka::ask(options, asked);
}

Findings ask_one(const null::Options&, const sink::Asked&) {
  return {};
}

Result<std::unique_ptr<sink::Sink>> make_one(const stage::Options& options,
                                             const sink::Environment& environment) {
  return stage::make(options, environment);
}

Result<std::unique_ptr<sink::Sink>> make_one(const kafka::Options& options,
                                             const sink::Environment& environment) {
  return kafka::make(options, environment);
}

Result<std::unique_ptr<sink::Sink>> make_one(const null::Options&, const sink::Environment&) {
  return std::unique_ptr<sink::Sink>(std::make_unique<null::NullSink>());
}

}  // namespace

const char* name_of(const Options& options) {
  struct Name {
    const char* operator()(const stage::Options&) const { return "stage"; }
    const char* operator()(const kafka::Options&) const { return "kafka"; }
    const char* operator()(const null::Options&) const { return "null"; }
  };
  return std::visit(Name(), options);
}

bool needs_key(const Options& options) {
  return std::visit([](const auto& one) { return one.kNeedsKey; }, options);
}

std::string find_hazard(const Options& options, const Relation& relation) {
  const auto* const topics = std::get_if<kafka::Options>(&options);
  return topics == nullptr ? std::string() : kafka::find_hazard(*topics, relation);
}

Mistakes check(const Options& options) {
  return std::visit([](const auto& one) { return check_one(one); }, options);
}

std::vector<sink::Finding> ask(const Options& options, const sink::Asked& asked) {
  return std::visit([&](const auto& one) { return ask_one(one, asked); }, options);
}

Result<std::unique_ptr<sink::Sink>> make(const Options& options,
                                         const sink::Environment& environment) {
  return std::visit([&](const auto& one) { return make_one(one, environment); }, options);
}

}  // namespace slotcast::connectors
