#pragma once

#include <string_view>

#include "lib/sink/encode/buffer.h"

namespace slotcast::kafka {

// Takes the text of an array apart: {1,NULL,"a \"b\""}, {{1,2},{3,4}}, [0:1]={7,8}.
// Source: PostgreSQL documentation, "Array Input and Output Syntax".
class ArrayReader {
 public:
  enum class Token {
    Open,
    Close,
    Element,
    Null,
    End,
    Wrong,  // it is no array; nothing follows
  };

  // `scratch` takes elements whose text is written with backslashes.
  ArrayReader(std::string_view text, char delimiter, sink::Buffer& scratch);

  Token next();
  // Of the last Element; valid until the next token.
  std::string_view element() const { return element_; }

 private:
  Token quoted();
  Token plain();

  std::string_view rest_;
  const char delimiter_;
  sink::Buffer& scratch_;
  std::string_view element_;
  int depth_ = 0;
  bool may_close_ = true;   // not behind a delimiter
  bool has_value_ = false;  // a delimiter or a brace has to follow
};

}  // namespace slotcast::kafka
