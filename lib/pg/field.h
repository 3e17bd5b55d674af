#pragma once

#include <charconv>
#include <string>
#include <vector>

#include "lib/pg/connection.h"

// What a field of an answer says; NULL is zero.

namespace slotcast::pg {

template <class T>
T number(const Field& field) {
  T value{};
  if (field) std::from_chars(field->data(), field->data() + field->size(), value);
  return value;
}

inline char letter(const Field& field) {
  return field && !field->empty() ? (*field)[0] : ' ';
}

}  // namespace slotcast::pg
