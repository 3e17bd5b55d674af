#include "lib/sql/join.h"

namespace slotcast::sql {
namespace {

bool fail_too_long(Frame& frame) {
  return frame.fail("54000", "out of memory");
}

std::size_t count_places(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string_view::npos;) {
    at += part.size();
    ++count;
  }
  return count;
}

}  // namespace

bool concatenate(Frame& frame, std::string_view left, std::string_view right,
                 std::string_view& result) {
  const std::size_t size = left.size() + right.size();
  if (size > kValueBytesMax) return fail_too_long(frame);
  char* const joined = frame.room(size);
  left.copy(joined, left.size());
  right.copy(joined + left.size(), right.size());
  result = {joined, size};
  return true;
}

bool replace(Frame& frame, std::string_view text, Replacement replacement,
             std::string_view& result) {
  result = text;
  const auto& [from, to] = replacement;
  const std::size_t places = from.empty() ? 0 : count_places(text, from);
  if (places == 0) return true;
  // Neither factor is above a gigabyte: the product fits.
  const std::size_t size = text.size() - places * from.size() + places * to.size();
  if (size > kValueBytesMax) return fail_too_long(frame);
  char* const replaced = frame.room(size);
  char* end = replaced;
  std::size_t start = 0;
  for (std::size_t at = 0; (at = text.find(from, start)) != std::string_view::npos;) {
    end += text.copy(end, at - start, start);
    end += to.copy(end, to.size());
    start = at + from.size();
  }
  text.copy(end, text.size() - start, start);
  result = {replaced, size};
  return true;
}

}  // namespace slotcast::sql
