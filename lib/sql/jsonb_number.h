#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace slotcast::sql {

// A number of JSON as jsonb prints it: as PostgreSQL's numeric does, without an exponent and with
// as many digits behind the point as were written. It may be much longer than what was written.
class JsonbNumber {
 public:
  // `text` is a number by JSON's grammar, and outlives this. False when numeric has no room for it.
  bool read(std::string_view text);
  std::size_t printed_bytes() const;
  // Returns the end.
  char* print(char* to) const;

 private:
  char digit(std::int64_t at) const;

  bool is_negative_ = false;
  std::string_view whole_;     // the digits before the point, as written
  std::string_view fraction_;  // and those behind it
  // Of the digits of both, counted from the first of whole_: where the printed ones begin, and
  // before which one the printed point stands. They may lie outside of what was written.
  std::int64_t first_ = 0;
  std::int64_t point_ = 0;
  std::int64_t scale_ = 0;  // digits printed behind the point
};

}  // namespace slotcast::sql
