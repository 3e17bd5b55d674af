#include "connectors/kafka/troubles.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "lib/base/diag.h"

namespace slotcast::kafka {
namespace {

using std::chrono::steady_clock;

// librdkafka tells of the same again after half a minute.
constexpr auto kValid = std::chrono::seconds(40);
constexpr auto kSaidAgain = std::chrono::minutes(10);
// Far above what there can be at once.
constexpr std::size_t kKeptMax = 100;
constexpr std::size_t kTakenMax = 3;

}  // namespace

void Troubles::note(const Trouble& trouble) {
  const SteadyTime now = steady_clock::now();
  {
    const std::lock_guard lock(mutex_);
    if (noted_.size() >= kKeptMax) noted_.clear();
    if (said_.size() >= kKeptMax) said_.clear();
    noted_[trouble.about] = {trouble, now};
    if (trouble.is_passing) return;
    const auto [said, is_new] = said_.emplace(trouble.what, now);
    if (!is_new && now - said->second < kSaidAgain) return;
    said->second = now;
  }
  if (!part_.empty()) diag::warning(part_, trouble.what);
}

std::string Troubles::take() {
  const std::lock_guard lock(mutex_);
  const SteadyTime now = steady_clock::now();
  std::string all;
  std::size_t count = 0;
  for (const auto& [about, noted] : std::exchange(noted_, {})) {
    if (now - noted.at > kValid || count++ >= kTakenMax) continue;
    all += (all.empty() ? "" : "; ") + noted.trouble.what;
  }
  return all;
}

std::optional<SteadyTime> Troubles::lasting_since(SteadyTime begin) const {
  const std::lock_guard lock(mutex_);
  std::optional<SteadyTime> since;
  for (const auto& [about, noted] : noted_) {
    if (!noted.trouble.is_lasting || noted.at < begin) continue;
    since = since ? std::min(*since, noted.at) : noted.at;
  }
  return since;
}

void Troubles::clear() {
  were_cleared_ = true;
  const std::lock_guard lock(mutex_);
  noted_.clear();
}

}  // namespace slotcast::kafka
