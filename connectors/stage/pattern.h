#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/clock.h"
#include "lib/base/random.h"
#include "lib/base/result.h"

// File names of a stage, from a pattern that is checked before any data moves:
//
//     %Y %y %m %d %H %I %M %S %p %j %A %a %B %b %F %T %s   the batch's time, in UTC, English names
//     %6N (1 to 64)                                        random digits, anew at each place
//     %U                                                   a random UUID, anew at each place
//     %%                                                   a percent sign
//     {schema} {table} {sink}                              names, percent-encoded
//
// A pattern must hold %U or at least %6N: two files must never meet, whoever writes them.

namespace slotcast::stage {

struct Names {
  std::string schema;
  std::string table;
  std::string sink;
};

class Pattern {
 public:
  // Invalid, pointing at the character, when `text` is not a pattern as above, names something
  // outside the stage, or could give one name twice.
  static Result<Pattern> parse(std::string_view text);

  // A path relative to the stage, for one file. Rejected when a part of it would be longer than
  // the 255 bytes a file system takes, or would be .slotcast.
  Result<std::string> expand(const Names& names, WallTime instant, Random& random) const;

 private:
  struct Piece {
    enum class Kind { Text, Time, Digits, Uuid, Schema, Table, Sink };
    Kind kind = Kind::Text;
    std::string text;    // Text
    char directive = 0;  // Time
    int count = 0;       // Digits
  };
  static Result<std::size_t> parse_directive(std::string_view text, std::size_t at, Piece& piece);
  static Result<std::size_t> parse_name(std::string_view text, std::size_t at, Piece& piece);

  std::vector<Piece> pieces_;
};

// Every byte outside [A-Za-z0-9_.-], and a leading dot, as %XX: a table may be called
// "../../etc/x".
std::string percent_encode(std::string_view name);

}  // namespace slotcast::stage
