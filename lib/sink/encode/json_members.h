#pragma once

#include <simdjson.h>

#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/change/lsn.h"
#include "lib/sink/encode/json_member.h"

namespace slotcast::sink {

// Walks one object. After the first member that does not fit ok() is false, and all later reads
// give zero or nothing, so that a reader may check once at its end.
class Members {
 public:
  using element = simdjson::dom::element;

  Members(element object, std::deque<std::string>& owned, std::string& wrong)
      : object_(object), owned_(owned), wrong_(wrong) {}

  element object() const { return object_; }
  // Of another object, with the same word on what does not fit.
  Members of(element object) const { return {object, owned_, wrong_}; }

  bool has(const char* key) const { return object_[key].error() == simdjson::SUCCESS; }
  std::string_view text(const char* key) {
    element value;
    std::string_view text;
    const bool fits = object_[key].get(value) == simdjson::SUCCESS && take_text(value, text);
    return fits ? text : fail(key);
  }
  char letter_or(const char* key, char usual) { return has(key) ? letter(key) : usual; }
  template <class T>
  T number_or(const char* key, T usual) {
    return has(key) ? number<T>(key) : usual;
  }
  std::vector<std::string> texts(const char* key) {
    std::vector<std::string> all;
    simdjson::dom::array array;
    if (object_[key].get_array().get(array) != simdjson::SUCCESS) {
      fail(key);
      return all;
    }
    for (const element each : array) {
      std::string_view text;
      if (!take_text(each, text)) fail(key);
      all.emplace_back(text);
    }
    return all;
  }
  template <class T>
  T number(const char* key) {
    std::int64_t value = 0;
    if (object_[key].get_int64().get(value) != simdjson::SUCCESS || !std::in_range<T>(value)) {
      fail(key);
      return {};
    }
    return static_cast<T>(value);
  }
  char letter(const char* key) {
    const std::string_view one = text(key);
    if (one.size() == 1) return one[0];
    fail(key);
    return '\0';
  }
  PgTime time(const char* key) {
    const auto time = parse_iso8601(text(key));
    if (!time) fail(key);
    return time.value_or(PgTime{});
  }
  Lsn lsn(const char* key) {
    const auto lsn = parse_lsn(text(key));
    if (!lsn) fail(key);
    return lsn.value_or(Lsn{});
  }
  bool flag(const char* key) {
    bool value = false;
    return object_[key].get_bool().get(value) == simdjson::SUCCESS && value;
  }
  std::string_view fail(std::string_view key) {
    if (wrong_.empty()) wrong_ = key;
    return {};
  }
  // A text, or the bytes of one that is not UTF-8.
  bool take_text(element value, std::string_view& text) {
    if (value.get_string().get(text) == simdjson::SUCCESS) return true;
    std::string_view digits;
    if (value["hex"].get_string().get(digits) != simdjson::SUCCESS) return false;
    auto bytes = parse_hex(digits);
    if (!bytes) return false;
    text = owned_.emplace_back(std::move(*bytes));
    return true;
  }

 private:
  element object_;
  std::deque<std::string>& owned_;
  std::string& wrong_;
};

}  // namespace slotcast::sink
