#include "lib/sink/encode/json_text.h"

#include <simdjson.h>

#include <algorithm>
#include <array>

#include "lib/sink/encode/sixteen.h"

namespace slotcast::sink {
namespace {

// Room is taken for the worst case of so many bytes at once: a text of a gigabyte must not ask for
// six.
constexpr std::size_t kPieceBytes = 16 * 1024;

// What stands behind the backslash; 0: as it is; 'u': as \u00xx.
constexpr std::array<char, 256> make_escapes() {
  std::array<char, 256> escapes{};
  for (std::size_t i = 0; i < 0x20; ++i) escapes[i] = 'u';
  escapes['"'] = '"';
  escapes['\\'] = '\\';
  escapes['\b'] = 'b';
  escapes['\f'] = 'f';
  escapes['\n'] = 'n';
  escapes['\r'] = 'r';
  escapes['\t'] = 't';
  return escapes;
}
constexpr std::array<char, 256> kEscapes = make_escapes();
constexpr char kHex[] = "0123456789abcdef";

char* put_escaped(char* out, unsigned char c) {
  const char escape = kEscapes[c];
  if (escape == 0) {
    *out++ = static_cast<char>(c);
    return out;
  }
  *out++ = '\\';
  *out++ = escape;
  if (escape == 'u') {
    *out++ = '0';
    *out++ = '0';
    *out++ = kHex[c >> 4];
    *out++ = kHex[c & 15];
  }
  return out;
}

// How the two kinds of text differ: which bytes cannot be copied, and what becomes of them.
struct StringRules {
  static char* put(char* out, unsigned char c) { return put_escaped(out, c); }
  static bool is_special(unsigned char c) { return kEscapes[c] != 0; }
#if defined(__SSE2__)
  static __m128i special(__m128i bytes) {
    const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    const __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    const __m128i control =
        _mm_cmpeq_epi8(_mm_max_epu8(bytes, _mm_set1_epi8(0x1F)), _mm_set1_epi8(0x1F));
    return _mm_or_si128(_mm_or_si128(quote, backslash), control);
  }
#endif
};

struct ValueRules {
  static char* put(char* out, unsigned char c) {
    *out = is_special(c) ? ' ' : static_cast<char>(c);
    return out + 1;
  }
  static bool is_special(unsigned char c) { return c == '\n' || c == '\r'; }
#if defined(__SSE2__)
  static __m128i special(__m128i bytes) {
    return _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n')),
                        _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\r')));
  }
#endif
};

template <class Rules>
char* put_each(char* out, const char* at, const char* end, unsigned& high) {
  for (; at != end; ++at) {
    const auto c = static_cast<unsigned char>(*at);
    high |= c & 0x80u;
    out = Rules::put(out, c);
  }
  return out;
}

#if defined(__SSE2__)
// Sixteen bytes at once while none of them is special; a block with one goes byte by byte.
template <class Rules>
char* transform(char* out, const char* at, std::size_t size, unsigned& high) {
  const char* const end = at + size;
  while (at != end) {
    const auto left = static_cast<std::size_t>(end - at);
    const std::size_t count = std::min<std::size_t>(left, 16);
    const __m128i bytes = count == 16 ? load_sixteen(at) : load_last(at, count);
    if (_mm_movemask_epi8(Rules::special(bytes)) == 0) {
      high |= static_cast<unsigned>(_mm_movemask_epi8(bytes));
      store_sixteen(out, bytes);
      out += count;
    } else {
      out = put_each<Rules>(out, at, at + count, high);
    }
    at += count;
  }
  return out;
}
#else
template <class Rules>
char* transform(char* out, const char* at, std::size_t size, unsigned& high) {
  return put_each<Rules>(out, at, at + size, high);
}
#endif

// Piece by piece, so that room for the worst case is never asked for at once.
template <class Rules>
void append_pieces(Buffer& out, std::string_view text, unsigned& high) {
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, kPieceBytes);
    char* at = out.reserve(piece.size() * kJsonEscapedMax + kJsonSlack);
    out.advance(transform<Rules>(at, piece.data(), piece.size(), high));
    text.remove_prefix(piece.size());
  }
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size());
}

char* write_json_string(char* out, std::string_view text, unsigned& high) {
  *out++ = '"';
  out = transform<StringRules>(out, text.data(), text.size(), high);
  *out++ = '"';
  return out;
}

char* write_json_value(char* out, std::string_view text, unsigned& high) {
  return transform<ValueRules>(out, text.data(), text.size(), high);
}

bool append_json_string(Buffer& out, std::string_view text) {
  const std::size_t before = out.size();
  unsigned high = 0;
  out.append('"');
  append_pieces<StringRules>(out, text, high);
  out.append('"');
  if (high == 0 || is_valid_utf8(text)) return true;
  out.truncate(before);
  return false;
}

bool append_json_value(Buffer& out, std::string_view text) {
  const std::size_t before = out.size();
  unsigned high = 0;
  append_pieces<ValueRules>(out, text, high);
  if (high == 0 || is_valid_utf8(text)) return true;
  out.truncate(before);
  return false;
}

}  // namespace slotcast::sink
