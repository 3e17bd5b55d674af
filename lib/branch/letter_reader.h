#pragma once

#include <memory>

#include "lib/base/result.h"
#include "lib/branch/letter.h"

namespace slotcast::branch {

// Reads lines back as append_line() wrote them: the same change under a new version of its
// relation, the same for all lines that describe the table alike.
//
// Threads: one.
class LetterReader {
 public:
  LetterReader();
  ~LetterReader();

  // The letter and all it points to is valid until the next call; its relation as long as this.
  // Corrupt when the line is none of ours.
  Result<Letter> read(std::string_view line);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace slotcast::branch
