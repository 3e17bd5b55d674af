#pragma once

#include <string>

namespace slotcast::snapshot {

// A name may hold anything but a zero byte; one word of a state file may not: blanks, control
// characters and % are written as %XX, an empty text as %.
std::string to_word(const std::string& text);
std::string from_word(const std::string& word);

}  // namespace slotcast::snapshot
