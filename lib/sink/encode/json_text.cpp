#include "lib/sink/encode/json_text.h"

#include <simdjson.h>

#include <algorithm>
#include <array>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace slotcast::sink {
namespace {

constexpr std::size_t kEscapedMax = 6;  // \u001f
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

#if defined(__SSE2__)
// Sixteen bytes at once; `special` has a bit for each that must be escaped, `high` for each >=
// 0x80.
struct Sixteen {
  explicit Sixteen(const char* at) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    const __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    const __m128i control =
        _mm_cmpeq_epi8(_mm_max_epu8(bytes, _mm_set1_epi8(0x1F)), _mm_set1_epi8(0x1F));
    special = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), control));
    high = _mm_movemask_epi8(bytes);
    value = bytes;
  }
  void store(char* out) const { _mm_storeu_si128(reinterpret_cast<__m128i*>(out), value); }

  __m128i value;
  int special;
  int high;
};
#endif

// Escapes text[0, size) to `out`, which has room; returns the end and collects the high bits seen.
char* escape(char* out, const char* text, std::size_t size, unsigned& high) {
  const char* at = text;
  const char* const end = text + size;
#if defined(__SSE2__)
  while (end - at >= 16) {
    const Sixteen chunk(at);
    high |= static_cast<unsigned>(chunk.high);
    if (chunk.special == 0) {
      chunk.store(out);
      out += 16;
    } else {
      for (int i = 0; i < 16; ++i) out = put_escaped(out, static_cast<unsigned char>(at[i]));
    }
    at += 16;
  }
#endif
  for (; at != end; ++at) {
    const auto c = static_cast<unsigned char>(*at);
    high |= c & 0x80u;
    out = put_escaped(out, c);
  }
  return out;
}

}  // namespace

bool append_json_string(Buffer& out, std::string_view text) {
  const std::size_t before = out.size();
  char* at = out.reserve(std::min(text.size(), kPieceBytes) * kEscapedMax + 2);
  *at++ = '"';
  unsigned high = 0;
  std::string_view rest = text;
  while (rest.size() > kPieceBytes) {
    out.advance(escape(at, rest.data(), kPieceBytes, high));
    rest.remove_prefix(kPieceBytes);
    at = out.reserve(std::min(rest.size(), kPieceBytes) * kEscapedMax + 1);
  }
  at = escape(at, rest.data(), rest.size(), high);
  *at++ = '"';
  out.advance(at);
  if (high == 0 || simdjson::validate_utf8(text.data(), text.size())) return true;
  out.truncate(before);
  return false;
}

bool append_json_value(Buffer& out, std::string_view text) {
  if (!simdjson::validate_utf8(text.data(), text.size())) return false;
  char* at = out.reserve(text.size());
  for (const char c : text) *at++ = (c == '\n' || c == '\r') ? ' ' : c;
  out.advance(at);
  return true;
}

}  // namespace slotcast::sink
