#include "lib/route/pattern.h"

namespace slotcast::route {
namespace {

Error at_offset(std::string_view text, std::size_t offset, const std::string& why) {
  return invalid("table pattern \"" + std::string(text) + "\": " + why + " at character " +
                 std::to_string(offset + 1) + "; write schema.table, with * and ? as wildcards");
}

// Where the character after the one at `at` begins: '?' stands for one of UTF-8, not for a byte.
std::size_t next_character(std::string_view name, std::size_t at) {
  do {
    ++at;
  } while (at < name.size() && (static_cast<unsigned char>(name[at]) & 0xC0) == 0x80);
  return at;
}

// Greedy matching with one point to return to: linear in practice, quadratic at worst.
bool wildcard_match(std::string_view pattern, std::string_view name) {
  std::size_t p = 0, n = 0, star = std::string_view::npos, resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '?') {
      ++p;
      n = next_character(name, n);
    } else if (p < pattern.size() && pattern[p] != '*' && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      resume = next_character(name, resume);
      n = resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace

bool TablePattern::Part::matches(std::string_view name) const {
  return has_wildcard ? wildcard_match(text, name) : text == name;
}

Result<TablePattern::Part> TablePattern::parse_part(std::string_view text, std::size_t& at) {
  Part part;
  if (at < text.size() && text[at] == '"') {
    const std::size_t open = at++;
    while (true) {
      if (at == text.size()) return at_offset(text, open, "quote without an end");
      if (text[at] == '"') {
        if (at + 1 >= text.size() || text[at + 1] != '"') break;
        ++at;
      }
      part.text += text[at++];
    }
    ++at;
  } else {
    for (; at < text.size() && text[at] != '.'; ++at) {
      const char c = text[at];
      if (c == '"' || static_cast<unsigned char>(c) <= ' ') {
        return at_offset(text, at, "unexpected character");
      }
      part.has_wildcard |= c == '*' || c == '?';
      part.text += c;
    }
  }
  if (part.text.empty()) return at_offset(text, at, "empty name");
  return part;
}

Result<TablePattern> TablePattern::parse(std::string_view text) {
  TablePattern pattern;
  pattern.text_ = std::string(text);
  std::size_t at = 0;
  TRY_ASSIGN(pattern.schema_, parse_part(text, at));
  if (at == text.size()) return at_offset(text, at, "no schema before the table's name");
  if (text[at] != '.') return at_offset(text, at, "unexpected character");
  ++at;
  TRY_ASSIGN(pattern.table_, parse_part(text, at));
  if (at != text.size()) return at_offset(text, at, "unexpected character");
  return pattern;
}

bool TablePattern::matches(std::string_view schema, std::string_view table) const {
  return schema_.matches(schema) && table_.matches(table);
}

}  // namespace slotcast::route
