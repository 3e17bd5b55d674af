#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "config/place.h"

namespace slotcast::config {

// A text of the configuration in a language of its own, and where each byte of it stands in the
// file. Needs neither the file nor its YAML any more.
struct Sql {
  // Characters side by side in one line of the file, or one character that has its own place: an
  // escape, a line that was folded, what is not in the file as it is here.
  struct Run {
    std::size_t offset = 0;  // in the text, in bytes
    Place place;
    bool is_side_by_side = false;
  };

  std::string text;
  std::vector<Run> runs;  // by offset

  // Of a byte of the text, or of its end for any offset behind it. Columns are characters, as
  // editors count them.
  Place place_of(std::size_t offset) const;
  // Puts `separator`, which stands at the end of what is here, and `more` behind it.
  void append(const std::string& separator, const Sql& more);
  // The text in one line with single blanks between its words: texts that differ only in how they
  // are laid out are equal there. One with a comment, a backslash or a dollar quote, where more
  // than quotes decides what a blank means, keeps its lines.
  std::string one_line() const;
};

}  // namespace slotcast::config
