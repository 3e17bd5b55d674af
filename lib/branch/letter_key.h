#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/change/relation.h"
#include "lib/sink/encode/buffer.h"

// What a letter's line does with bytes that JSON has no text for.

namespace slotcast::branch {

// Nothing when they are not pairs of hexadecimal digits.
std::optional<std::string> parse_hex(std::string_view digits);

// The keys of a relation's cells. The relation must outlive it.
class LetterKeys {
 public:
  explicit LetterKeys(const Relation& relation);
  std::string key_of(const Column& column) const;

 private:
  bool are_hex_ = false;
};

}  // namespace slotcast::branch
