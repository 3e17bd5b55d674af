#include "lib/sql/case_mapping.h"

#include <locale.h>
#include <wctype.h>

#include "lib/base/ensure.h"
#include "lib/sql/utf8.h"

namespace slotcast::sql {
namespace {

using MapCharacter = wint_t (*)(wint_t, locale_t);

// Made once and kept until the process ends: locale objects may be used by all threads.
locale_t character_types() {
  static const locale_t types = [] {
    const locale_t made = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    ENSURE(made != nullptr);  // glibc has it built in
    return made;
  }();
  return types;
}

bool is_ascii(std::string_view text) {
  unsigned char any = 0;
  for (const char c : text) any = static_cast<unsigned char>(any | static_cast<unsigned char>(c));
  return any < 0x80;
}

std::string_view map_ascii(Frame& frame, std::string_view text, char first) {
  char* const result = frame.room(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_mapped = text[i] >= first && text[i] <= first + 25;
    result[i] = static_cast<char>(text[i] ^ (is_mapped ? 0x20 : 0));
  }
  return {result, text.size()};
}

// `first_ascii`: 'A' or 'a', the first of the letters that change.
std::string_view map(Frame& frame, std::string_view text, char first_ascii, MapCharacter mapped) {
  if (is_ascii(text)) return map_ascii(frame, text, first_ascii);
  // A character's other case may take more bytes: U+023A has two, its lower case three.
  const std::size_t bytes_max = count_characters(text) * kCharacterBytesMax;
  char* const result = frame.room(bytes_max);
  char* end = result;
  // An invalid text may hold more than was counted: it is cut.
  for (std::size_t at = 0, room = bytes_max; at < text.size() && room > 0;
       room -= kCharacterBytesMax) {
    const auto character = static_cast<wint_t>(decode_character(text, at));
    end = encode_character(static_cast<char32_t>(mapped(character, character_types())), end);
  }
  const auto size = static_cast<std::size_t>(end - result);
  frame.trim(bytes_max - size);
  return {result, size};
}

}  // namespace

std::string_view to_lower(Frame& frame, std::string_view text) {
  return map(frame, text, 'A', ::towlower_l);
}

std::string_view to_upper(Frame& frame, std::string_view text) {
  return map(frame, text, 'a', ::towupper_l);
}

}  // namespace slotcast::sql
