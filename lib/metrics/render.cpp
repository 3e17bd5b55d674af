#include "lib/metrics/render.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>

namespace slotcast::metrics {

struct Page::State {
  std::vector<prometheus::MetricFamily> families;
};

Page::Page() : state_(std::make_unique<State>()) {}
Page::~Page() = default;

void Page::add(const Name& name, double value, const Labels& labels) {
  auto& families = state_->families;
  auto family = std::find_if(families.begin(), families.end(),
                             [&](const auto& known) { return known.name == name.name; });
  if (family == families.end()) {
    prometheus::MetricFamily made;
    made.name = name.name;
    made.help = name.help;
    made.type = name.type == Type::Counter ? prometheus::MetricType::Counter
                                           : prometheus::MetricType::Gauge;
    family = families.insert(families.end(), std::move(made));
  }
  prometheus::ClientMetric metric;
  for (const auto& [key, text] : labels) metric.label.push_back({key, text});
  if (name.type == Type::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  family->metric.push_back(std::move(metric));
}

std::string Page::text() const {
  return prometheus::TextSerializer().Serialize(state_->families);
}

}  // namespace slotcast::metrics
