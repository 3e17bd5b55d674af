#pragma once

#include <string>

#include "lib/change/relation.h"
#include "lib/sink/encode/buffer.h"

// What a letter's line does with bytes that JSON has no text for.

namespace slotcast::branch {

// The keys of a relation's cells. The relation must outlive it.
class LetterKeys {
 public:
  explicit LetterKeys(const Relation& relation);
  std::string key_of(const Column& column) const;

 private:
  bool are_hex_ = false;
};

}  // namespace slotcast::branch
