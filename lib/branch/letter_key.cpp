#include "lib/branch/letter_key.h"

#include <algorithm>

#include "lib/sink/encode/json_member.h"
#include "lib/sink/encode/json_text.h"

namespace slotcast::branch {

LetterKeys::LetterKeys(const Relation& relation)
    : are_hex_(std::any_of(relation.columns.begin(), relation.columns.end(),
                           [](const Column& one) { return !sink::is_valid_utf8(one.name); })) {}

std::string LetterKeys::key_of(const Column& column) const {
  if (!are_hex_) return column.name;
  sink::Buffer hex;
  hex.append("\\x");
  sink::append_hex(hex, column.name);
  return std::string(hex.text());
}

}  // namespace slotcast::branch
