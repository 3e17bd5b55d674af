#include "lib/sink/encode/csv_text.h"

#include <algorithm>

#include "lib/sink/encode/json_text.h"
#include "lib/sink/encode/sixteen.h"

namespace slotcast::sink {
namespace {

// Room is taken for the worst case of so many bytes at once.
constexpr std::size_t kPieceBytes = 64 * 1024;
// Line breaks are what matters; the others are not worth a comparison of their own.
constexpr char kLastControl = '\r';

constexpr std::string_view kFileEnd = "\\.";  // a line of this alone, to PostgreSQL

}  // namespace

CsvText::CsvText(char separator, char enclosure, char escape, std::string null_text)
    : separator_(separator),
      enclosure_(enclosure),
      escape_(escape),
      separators_(separator),
      enclosures_(enclosure),
      escapes_(escape),
      null_text_(std::move(null_text)),
      word_bytes_max_(std::max(null_text_.size(), kFileEnd.size())) {}

bool CsvText::is_special(unsigned char c) const {
  const auto letter = static_cast<char>(c);
  return c <= static_cast<unsigned char>(kLastControl) || letter == separator_ ||
         letter == enclosure_ || letter == escape_;
}

// A text that would be read as something else though it has no special character.
bool CsvText::is_word(std::string_view text) const {
  return text.empty() || text == null_text_ || text == kFileEnd;
}

#if defined(__SSE2__)

// The end, or null when there is a special character: then what was written is worth nothing.
char* CsvText::write_plain(char* out, std::string_view text, unsigned& high) const {
  const __m128i separators = load_sixteen(separators_.bytes);
  const __m128i enclosures = load_sixteen(enclosures_.bytes);
  const __m128i escapes = load_sixteen(escapes_.bytes);
  const __m128i controls = _mm_set1_epi8(kLastControl);
  const auto is_copied = [&](char* to, __m128i bytes) {
    const __m128i marks =
        _mm_or_si128(_mm_cmpeq_epi8(bytes, separators), _mm_cmpeq_epi8(bytes, enclosures));
    const __m128i others = _mm_or_si128(_mm_cmpeq_epi8(bytes, escapes),
                                        _mm_cmpeq_epi8(_mm_max_epu8(bytes, controls), controls));
    high |= static_cast<unsigned>(_mm_movemask_epi8(bytes));
    store_sixteen(to, bytes);
    return _mm_movemask_epi8(_mm_or_si128(marks, others)) == 0;
  };
  const char* const from = text.data();
  const std::size_t size = text.size();
  if (size < 16) return is_copied(out, load_last(from, size)) ? out + size : nullptr;
  std::size_t done = 0;
  for (; size - done >= 16; done += 16) {
    if (!is_copied(out + done, load_sixteen(from + done))) return nullptr;
  }
  // The last sixteen, some of them for the second time.
  const bool is_whole = done == size;
  if (!is_whole && !is_copied(out + size - 16, load_sixteen(from + size - 16))) return nullptr;
  return out + size;
}

char* CsvText::write_inside(char* out, std::string_view text, unsigned& high) const {
  const __m128i enclosures = load_sixteen(enclosures_.bytes);
  const __m128i escapes = load_sixteen(escapes_.bytes);
  const char* at = text.data();
  std::size_t left = text.size();
  while (left != 0) {
    const std::size_t count = std::min<std::size_t>(left, 16);
    const __m128i bytes = count == 16 ? load_sixteen(at) : load_last(at, count);
    high |= static_cast<unsigned>(_mm_movemask_epi8(bytes));
    auto marks = static_cast<unsigned>(_mm_movemask_epi8(
        _mm_or_si128(_mm_cmpeq_epi8(bytes, enclosures), _mm_cmpeq_epi8(bytes, escapes))));
    store_sixteen(out, bytes);
    at += count;
    left -= count;
    if (marks == 0) {
      out += count;
      continue;
    }
    // From each mark on all is written once more, one place further.
    alignas(16) char copy[32];
    store_sixteen(copy, bytes);
    store_sixteen(copy + 16, bytes);
    std::size_t shift = 0;
    for (; marks != 0; marks &= marks - 1) {
      const auto place = static_cast<std::size_t>(__builtin_ctz(marks));
      out[place + shift] = escape_;
      ++shift;
      std::memcpy(out + place + shift, copy + place, 16);
    }
    out += count + shift;
  }
  return out;
}

#else

char* CsvText::write_plain(char* out, std::string_view text, unsigned& high) const {
  for (const char c : text) {
    if (is_special(static_cast<unsigned char>(c))) return nullptr;
    high |= static_cast<unsigned char>(c) & 0x80u;
    *out++ = c;
  }
  return out;
}

char* CsvText::write_inside(char* out, std::string_view text, unsigned& high) const {
  for (const char c : text) {
    high |= static_cast<unsigned char>(c) & 0x80u;
    if (c == enclosure_ || c == escape_) *out++ = escape_;
    *out++ = c;
  }
  return out;
}

#endif

char* CsvText::write_enclosed(char* out, std::string_view text, unsigned& high) const {
  *out++ = enclosure_;
  out = write_inside(out, text, high);
  *out++ = enclosure_;
  return out;
}

bool CsvText::append(Buffer& out, std::string_view text) const {
  const std::size_t before = out.size();
  const bool is_enclosed = is_word(text) || std::any_of(text.begin(), text.end(), [this](char c) {
                             return is_special(static_cast<unsigned char>(c));
                           });
  unsigned high = 0;
  if (is_enclosed) out.append(enclosure_);
  for (std::string_view left = text; !left.empty();) {
    const std::string_view piece = left.substr(0, kPieceBytes);
    char* const at = out.reserve(piece.size() * kCsvEscapedMax + kCsvSlack);
    out.advance(write_inside(at, piece, high));
    left.remove_prefix(piece.size());
  }
  if (is_enclosed) out.append(enclosure_);
  if (high == 0 || is_valid_utf8(text)) return true;
  out.truncate(before);
  return false;
}

}  // namespace slotcast::sink
