#pragma once

#include <cstddef>
#include <string_view>

// The words of a text that PostgreSQL's grammar has accepted, for what its tree does not tell.
// Source: PostgreSQL documentation, section "Lexical Structure".

namespace slotcast::sql {

struct Token {
  std::size_t begin = 0;
  std::string_view text;  // empty at the end; a character alone where several make an operator
  bool is_word = false;   // a key word or a name without quotes
};

// Where the next token begins, behind white space and comments.
std::size_t skip_blanks(std::string_view text, std::size_t at);
// The first token at `at` or behind.
Token next_token(std::string_view text, std::size_t at);

}  // namespace slotcast::sql
