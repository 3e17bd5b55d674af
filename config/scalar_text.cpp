#include "config/scalar_text.h"

#include <algorithm>

#include "config/scalar_walk.h"

namespace slotcast::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Places of a file's bytes, from a mark on.
class Lines {
 public:
  Lines(std::string_view file, std::size_t at, int line) : file_(file), line_(line) {
    const std::size_t before = at == 0 ? std::string_view::npos : file.rfind('\n', at - 1);
    begin_ = before == std::string_view::npos ? 0 : before + 1;
    if (begin_ == 0 && file.starts_with(kByteOrderMark)) begin_ = kByteOrderMark.size();
    counted_ = begin_;
  }

  std::size_t begin() const { return begin_; }

  // `at` must not be before that of the last call.
  Place place_of(std::size_t at) {
    for (; counted_ < at; ++counted_) {
      if (file_[counted_] == '\n') {
        ++line_;
        characters_ = 0;
      } else if ((static_cast<unsigned char>(file_[counted_]) & 0xC0) != 0x80) {
        ++characters_;
      }
    }
    return {line_, characters_ + 1};
  }

 private:
  const std::string_view file_;
  int line_;
  int characters_ = 0;
  std::size_t begin_ = 0;    // of the line that was begun with
  std::size_t counted_ = 0;  // up to here
};

// What ends too early is missing something behind its last word, not behind its last line.
std::size_t end_of(const std::vector<ScalarWalk::Piece>& pieces, std::string_view value) {
  const std::size_t last = value.find_last_not_of(" \t\r\n");
  if (pieces.empty() || last == std::string_view::npos) return 0;
  const auto behind = std::find_if(pieces.begin(), pieces.end(),
                                   [&](const auto& piece) { return piece.offset > last; });
  const ScalarWalk::Piece& piece = *std::prev(behind);
  return piece.is_side_by_side ? piece.begin + (last - piece.offset) + 1 : piece.end;
}

}  // namespace

Sql scalar_text(std::string_view file, const YAML::Mark& mark, std::string value) {
  Sql sql;
  sql.text = std::move(value);
  const std::size_t order_mark = file.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  const std::size_t at = static_cast<std::size_t>(std::max(mark.pos, 0)) + order_mark;
  const Lines lines(file, std::min(at, file.size()), mark.line + 1);
  // Another encoding than UTF-8, which yaml-cpp turns into UTF-8 first, has other positions.
  const bool is_there =
      at <= file.size() && at - lines.begin() == static_cast<std::size_t>(std::max(mark.column, 0));
  const Place start = is_there ? Lines(lines).place_of(at) : Place{mark.line + 1, mark.column + 1};
  ScalarWalk walk(file, sql.text, at);
  if (!is_there || !walk.walk()) {
    sql.runs = {{0, start, false}};
    return sql;
  }
  Lines pieces(lines);
  for (const ScalarWalk::Piece& piece : walk.pieces()) {
    sql.runs.push_back({piece.offset, pieces.place_of(piece.begin), piece.is_side_by_side});
  }
  const std::size_t end = end_of(walk.pieces(), sql.text);
  sql.runs.push_back({sql.text.size(), end == 0 ? start : Lines(lines).place_of(end), false});
  return sql;
}

}  // namespace slotcast::config
