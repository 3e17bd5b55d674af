#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lib/metrics/names.h"

namespace slotcast::metrics {

using Labels = std::vector<std::pair<std::string, std::string>>;

// Collects values under the names of names.h and prints them as Prometheus reads them (text format
// 0.0.4). Made anew for each scrape from copies of the parts' status, so that nothing on the data's
// way ever touches a metric. Threads: one.
class Page {
 public:
  Page();
  ~Page();
  void add(const Name& name, double value, const Labels& labels = {});
  std::string text() const;

 private:
  struct State;  // prometheus-cpp stops in render.cpp
  std::unique_ptr<State> state_;
};

}  // namespace slotcast::metrics
