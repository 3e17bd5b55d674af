#pragma once

#include <deque>
#include <string>
#include <vector>

#include "lib/base/random.h"
#include "lib/branch/letter.h"

namespace slotcast::test {

// A letter nobody thought of, with all it points to: odd names, texts that are not UTF-8, rows
// without cells.
class SomeLetter {
 public:
  explicit SomeLetter(Random& random);
  SomeLetter(const SomeLetter&) = delete;
  SomeLetter& operator=(const SomeLetter&) = delete;

  const branch::Letter& letter() const { return letter_; }

 private:
  void make_relation(Random& random);
  std::vector<Cell> some_cells(Random& random);

  std::deque<std::string> texts_;
  Relation relation_;
  std::vector<Cell> row_, old_;
  Change change_;
  std::string route_, target_, error_;
  branch::Letter letter_;
};

}  // namespace slotcast::test
