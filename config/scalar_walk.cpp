#include "config/scalar_walk.h"

#include <algorithm>

namespace slotcast::config {
namespace {

constexpr std::string_view kWhite = " \t\r\n";

// How many blanks begin the first line that has more than them; npos when there is none.
std::size_t indentation_of(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kWhite);
  if (first == std::string_view::npos) return first;
  const std::size_t line = text.rfind('\n', first);
  const std::size_t begin = line == std::string_view::npos ? 0 : line + 1;
  return text.find_first_not_of(' ', begin) - begin;
}

std::size_t character_size(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
}

}  // namespace

bool ScalarWalk::walk() {
  skip_properties();
  const char first = here();
  if (first == '"' || first == '\'') return walk_quoted(first) && is_done();
  if (first == '|' || first == '>') return walk_block(first == '>') && is_done();
  return walk_plain();
}

// The value says where a plain scalar ends: it never ends in blanks.
bool ScalarWalk::walk_plain() {
  while (!is_done()) {
    if (at_ >= file_.size() || !take_blanks_or_fold()) return false;
    if (!is_done() && !take_as_it_is()) return false;
  }
  return true;
}

bool ScalarWalk::walk_quoted(char quote) {
  ++at_;
  while (at_ < file_.size()) {
    if (!take_blanks_or_fold()) return false;
    const bool is_doubled = quote == '\'' && file_.substr(at_).starts_with("''");
    if (here() == quote && !is_doubled) return true;
    const bool is_escape = is_doubled || (quote == '"' && here() == '\\');
    if (!(is_escape ? take_escape(quote) : take_as_it_is())) return false;
  }
  return false;
}

bool ScalarWalk::take_escape(char quote) {
  const std::size_t begin = at_;
  ++at_;
  if (quote == '"' && break_size(at_) > 0) return fold(true);
  const char kind = here();
  at_ = std::min(file_.size(), at_ + 1);
  if (quote == '"') {
    const std::size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
    at_ = std::min(file_.size(), at_ + digits);
  }
  return take_one(begin, at_);
}

// Blanks within a line count, those around its end do not.
bool ScalarWalk::take_blanks_or_fold() {
  std::size_t end = at_;
  while (is_blank(end)) ++end;
  if (break_size(end) > 0) {
    at_ = end;
    return fold(false);
  }
  while (at_ < end) {
    if (!take_as_it_is()) return false;
  }
  return true;
}

// The end of a line is a blank, unless empty lines follow, each of which is a line break.
bool ScalarWalk::fold(bool is_escaped) {
  std::vector<std::size_t> breaks;
  while (break_size(at_) > 0) {
    breaks.push_back(at_);
    at_ += break_size(at_);
    while (is_blank(at_)) ++at_;
  }
  if (breaks.size() == 1) return is_escaped || take_break(' ', breaks[0]);
  breaks.pop_back();
  return std::all_of(breaks.begin(), breaks.end(),
                     [this](std::size_t each) { return take_break('\n', each); });
}

bool ScalarWalk::walk_block(bool is_folded) {
  at_ = std::min(file_.size(), file_.find('\n', at_));
  at_ = std::min(file_.size(), at_ + 1);
  if (!find_indentation()) return false;
  while (!is_done() && find_content()) {
    if (!take_breaks(is_folded)) return false;
    while (at_ < file_.size() && break_size(at_) == 0) {
      if (!take_as_it_is()) return false;
    }
  }
  return take_breaks(is_folded);
}

// Whether it is counted from the first line or written behind the indicator, it is what the first
// line has in the file and not in the value.
bool ScalarWalk::find_indentation() {
  const std::size_t all = indentation_of(file_.substr(at_));
  const std::size_t kept = indentation_of(value_);
  if (all == std::string_view::npos || kept == std::string_view::npos || all < kept) return false;
  indentation_ = all - kept;
  return true;
}

// Goes to the next line that has something behind the indentation, over empty ones. False when the
// block is over.
bool ScalarWalk::find_content() {
  while (at_ < file_.size()) {
    if (const std::size_t size = break_size(at_); size > 0) {
      breaks_.push_back(at_);
      at_ += size;
    }
    const std::size_t line = at_;
    while (at_ < line + indentation_ && here() == ' ') ++at_;
    if (at_ < file_.size() && break_size(at_) == 0) return at_ == line + indentation_;
  }
  return false;
}

// A line's end is a line break, or a blank where the block is folded. How many are left of several
// is for the value to say: folding has its exceptions, and the end of a block is trimmed.
bool ScalarWalk::take_breaks(bool is_folded) {
  std::vector<std::size_t> breaks;
  breaks.swap(breaks_);
  const bool is_blank_here = !is_done() && value_[done_] == ' ';
  const bool is_between = done_ > 0 && !breaks.empty() && !is_blank(at_);
  if (is_folded && is_blank_here && is_between) return take_break(' ', breaks[0]);
  for (const std::size_t each : breaks) {
    if (is_done() || value_[done_] != '\n') return is_folded || is_done();
    if (!take_break('\n', each)) return false;
  }
  return true;
}

// An anchor and a tag, in either order, may stand in front, also on lines of their own.
void ScalarWalk::skip_properties() {
  while (here() == '&' || here() == '!') {
    at_ = std::min(file_.size(), file_.find_first_of(kWhite, at_));
    while (true) {
      at_ = std::min(file_.size(), file_.find_first_not_of(kWhite, at_));
      if (here() != '#') break;
      at_ = std::min(file_.size(), file_.find('\n', at_));
    }
  }
}

bool ScalarWalk::take_as_it_is() {
  if (is_done() || at_ >= file_.size() || file_[at_] != value_[done_]) return false;
  const bool goes_on =
      !pieces_.empty() && pieces_.back().is_side_by_side && pieces_.back().end == at_;
  if (!goes_on) pieces_.push_back({done_, at_, at_, true});
  ++at_;
  ++done_;
  pieces_.back().end = at_;
  return true;
}

// One character of the value that the file writes in another way.
bool ScalarWalk::take_one(std::size_t begin, std::size_t end) {
  if (is_done()) return false;
  pieces_.push_back({done_, begin, end, false});
  done_ = std::min(value_.size(), done_ + character_size(value_[done_]));
  return true;
}

bool ScalarWalk::take_break(char wanted, std::size_t begin) {
  return !is_done() && value_[done_] == wanted && take_one(begin, begin + break_size(begin));
}

std::size_t ScalarWalk::break_size(std::size_t at) const {
  const std::string_view rest = file_.substr(std::min(at, file_.size()));
  if (rest.starts_with("\r\n")) return 2;
  return rest.starts_with('\n') ? 1 : 0;
}

bool ScalarWalk::is_blank(std::size_t at) const {
  return at < file_.size() && (file_[at] == ' ' || file_[at] == '\t');
}

}  // namespace slotcast::config
