#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/sql/decimal.h"
#include "lib/sql/value.h"

namespace slotcast::sql {

// What an evaluation works with: memory that is used again for the next row, so that nothing is
// allocated once it has grown to what the rows need, and the error that ended it.
//
// Threads: one. What it hands out is valid until the next reset().
class Frame {
 public:
  // Forgets the values of the row before. Keeps the memory, unless a row needed very much.
  void reset();

  // Room for a text of at most `size` bytes, to be written to; give back what it does not take with
  // trim(), before anything else is asked for.
  char* room(std::size_t size);
  void trim(std::size_t unused) { used_ -= unused; }
  std::string_view copy(std::string_view text);
  // A decimal for a result; its value is whatever it was.
  Decimal& decimal();

  // False, so that `return frame.fail(…)` ends a built-in. `sqlstate` is one of PostgreSQL's, five
  // characters; the message is what PostgreSQL would say, without "ERROR:".
  bool fail(std::string_view sqlstate, std::string message);
  // What fail() was told, until reset().
  const std::string& sqlstate() const { return sqlstate_; }
  const std::string& message() const { return message_; }

 private:
  struct Piece {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
  };
  std::vector<Piece> pieces_;
  std::size_t piece_ = 0;  // of pieces_, the one being filled
  std::size_t used_ = 0;   // of it
  std::vector<std::unique_ptr<Decimal>> decimals_;
  std::size_t decimals_used_ = 0;
  std::string sqlstate_;
  std::string message_;
};

}  // namespace slotcast::sql
