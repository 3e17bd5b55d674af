#include "config/findings.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace slotcast::config {
namespace {

// Levenshtein distance.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

}  // namespace

bool Findings::has_error_at(Place place) const {
  return std::any_of(errors_.begin(), errors_.end(), [&](const Finding& finding) {
    return finding.place.line == place.line && finding.place.column == place.column;
  });
}

std::optional<Place> Findings::place_of(const std::string& key) const {
  const auto found = places_.find(key);
  if (found == places_.end()) return std::nullopt;
  return found->second;
}

std::vector<std::string> Findings::lines(const std::vector<Finding>& findings) const {
  // Keeps the order of what was found at one place.
  std::multimap<std::pair<int, int>, const Finding*> by_place;
  for (const Finding& finding : findings) {
    by_place.emplace(std::pair(finding.place.line, finding.place.column), &finding);
  }
  std::vector<std::string> lines;
  for (const auto& [place, finding] : by_place) {
    lines.push_back(file_ + ":" + std::to_string(place.first) + ":" + std::to_string(place.second) +
                    ": " + finding->what);
  }
  return lines;
}

std::string nearest(const std::string& word, const std::vector<std::string>& known) {
  std::size_t best = word.size() / 2 + 2;
  std::string found;
  for (const std::string& candidate : known) {
    const std::size_t d = distance(word, candidate);
    if (d < best) {
      best = d;
      found = candidate;
    }
  }
  return found.empty() ? "" : "; did you mean \"" + found + "\"?";
}

}  // namespace slotcast::config
