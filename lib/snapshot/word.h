#pragma once

#include <functional>
#include <sstream>
#include <string>

#include "lib/base/result.h"

// The form of the state files here: lines of words, the first of which says what the others are.

namespace slotcast::snapshot {

// A name may hold anything but a zero byte; one word of a state file may not: blanks, control
// characters and % are written as %XX, an empty text as %.
std::string to_word(const std::string& text);
std::string from_word(const std::string& word);

// Words to the end of the line; none is fine.
template <class Container>
void read_words(std::istringstream& values, Container& into) {
  std::string word;
  while (values >> word) into.insert(into.end(), from_word(word));
  values.clear();
}

// With a blank before each, and the end of the line.
template <class Container>
void write_words(std::ostringstream& out, const Container& words) {
  for (const std::string& word : words) out << ' ' << to_word(word);
  out << '\n';
}

// Corrupt, with the line, when `take` could not read what it wanted from `values`.
using TakeLine = std::function<void(const std::string& key, std::istringstream& values)>;
Status read_lines(const std::string& file_name, const std::string& text, const TakeLine& take);

}  // namespace slotcast::snapshot
