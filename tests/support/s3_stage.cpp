#include "tests/support/s3_stage.h"

#include <algorithm>
#include <stdexcept>

namespace slotcast::test {
namespace {

using namespace stage::s3;

constexpr const char* kUrl = "s3://bucket/stage";

template <class Value>
Value must(Result<Value> result) {
  if (!result.ok()) throw std::runtime_error(result.error().what);
  return std::move(result).value();
}

Address address(const Settings& settings) {
  return must(address_of(must(parse_location(kUrl)), settings, no_variables()));
}

}  // namespace

S3Stage::S3Stage(const Settings& settings, const std::string& owner)
    : http_(settings),
      credentials_(settings, no_variables(), http_, clock_),
      bucket_(address(settings), credentials_, http_),
      stage_(must(ObjectStage::make(kUrl, owner, settings, no_variables(), clock_, random_))) {
  const Status opened = stage_->open();
  if (!opened.ok()) throw std::runtime_error(opened.error().what);
}

std::vector<std::string> S3Stage::unfinished(const std::string& prefix) {
  std::vector<std::string> keys;
  for (const UnfinishedUpload& each : must(bucket_.uploads(prefix))) keys.push_back(each.key);
  std::sort(keys.begin(), keys.end());
  return keys;
}

Result<std::vector<PreparedObject>> prepare(ObjectStage& stage,
                                            const std::vector<ObjectWriter*>& writers) {
  std::vector<PreparedObject> prepared;
  for (ObjectWriter* const writer : writers) {
    const Status finished = stage.finish(*writer);
    if (!finished.ok()) return finished.error();
    prepared.push_back(writer->prepared());
  }
  stage.forget();
  return prepared;
}

}  // namespace slotcast::test
