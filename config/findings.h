#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/place.h"

namespace slotcast::config {

// What is wrong with a configuration: all of it, not only the first. Errors refuse the start,
// warnings are told.
class Findings {
 public:
  explicit Findings(std::string file) : file_(std::move(file)) {}

  void error(Place place, const std::string& what) { errors_.push_back({place, what}); }
  void warning(Place place, const std::string& what) { warnings_.push_back({place, what}); }
  bool has_errors() const { return !errors_.empty(); }
  bool has_error_at(Place place) const;

  // Where the value of a key stands ("source.postgres"), for those who check it later.
  void note_place(const std::string& key, Place place) { places_[key] = place; }
  // Nothing when the file does not have the key.
  std::optional<Place> place_of(const std::string& key) const;

  // Lines "file:line:column: what", in the order of the file.
  std::vector<std::string> errors() const { return lines(errors_); }
  std::vector<std::string> warnings() const { return lines(warnings_); }

 private:
  struct Finding {
    Place place;
    std::string what;
  };
  std::vector<std::string> lines(const std::vector<Finding>& findings) const;

  std::string file_;
  std::map<std::string, Place> places_;
  std::vector<Finding> errors_;
  std::vector<Finding> warnings_;
};

// The one of `known` that is most like `word`, as `; did you mean "…"?`; empty when none is.
std::string nearest(const std::string& word, const std::vector<std::string>& known);

}  // namespace slotcast::config
