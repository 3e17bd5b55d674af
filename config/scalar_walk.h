#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace slotcast::config {

// Goes through a scalar as the file has it and through its value at once, and notes which byte of
// the one is which of the other. The value is known, so nothing is decoded here: it is only said
// where each character came from, and every character that stands for itself must be the same.
class ScalarWalk {
 public:
  struct Piece {
    std::size_t offset = 0;        // in the value
    std::size_t begin = 0;         // in the file
    std::size_t end = 0;           // in the file
    bool is_side_by_side = false;  // the same bytes in both
  };

  // `at` is where the scalar begins in the file, with its anchor and its tag.
  ScalarWalk(std::string_view file, std::string_view value, std::size_t at)
      : file_(file), value_(value), at_(at) {}

  // False when the file does not read as the value does.
  bool walk();
  const std::vector<Piece>& pieces() const { return pieces_; }

 private:
  bool walk_plain();
  bool walk_quoted(char quote);
  bool walk_block(bool is_folded);
  bool take_escape(char quote);
  bool take_blanks_or_fold();
  bool fold(bool is_escaped);
  bool find_indentation();
  bool find_content();
  bool take_breaks(bool is_folded);
  void skip_properties();

  bool take_as_it_is();
  bool take_one(std::size_t begin, std::size_t end);
  bool take_break(char wanted, std::size_t begin);

  bool is_done() const { return done_ == value_.size(); }
  // '\0' behind the end.
  char here() const { return at_ < file_.size() ? file_[at_] : '\0'; }
  std::size_t break_size(std::size_t at) const;
  bool is_blank(std::size_t at) const;

  const std::string_view file_;
  const std::string_view value_;
  std::size_t at_;        // in the file
  std::size_t done_ = 0;  // of the value
  std::vector<Piece> pieces_;
  // Of a block.
  std::size_t indentation_ = 0;
  std::vector<std::size_t> breaks_;  // ends of lines since the last content
};

}  // namespace slotcast::config
