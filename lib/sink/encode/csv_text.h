#pragma once

#include <cstring>
#include <string>
#include <string_view>

#include "lib/sink/encode/buffer.h"

// Text as CSV writes it (RFC 4180, with other characters by choice).

namespace slotcast::sink {

// Up to so many bytes behind the end may be written over.
inline constexpr std::size_t kCsvSlack = 16;
inline constexpr std::size_t kCsvEscapedMax = 2;
inline constexpr std::size_t kCsvEnclosures = 2;

// The characters of CSV, all of them ASCII: what has a high bit is never one.
class CsvText {
 public:
  CsvText(char separator, char enclosure, char escape, std::string null_text);

  // As it is, or enclosed when it must be: when it holds a character of CSV or a control character,
  // or is empty, or is what stands for NULL or for the end of a file. For a caller that has made
  // room; `high` collects the top bits of all bytes.
  char* write(char* out, std::string_view text, unsigned& high) const {
    if (text.size() > word_bytes_max_ || !is_word(text)) {
      if (char* const end = write_plain(out, text, high)) return end;
    }
    return write_enclosed(out, text, high);
  }
  // What stands between enclosures, without them.
  char* write_inside(char* out, std::string_view text, unsigned& high) const;

  // Of any length, in pieces. False when it is not valid UTF-8: then nothing is appended.
  bool append(Buffer& out, std::string_view text) const;

 private:
  // One character sixteen times.
  struct Wide {
    explicit Wide(char c) { std::memset(bytes, c, sizeof bytes); }
    alignas(16) char bytes[16];
  };

  bool is_special(unsigned char c) const;
  bool is_word(std::string_view text) const;
  char* write_plain(char* out, std::string_view text, unsigned& high) const;
  char* write_enclosed(char* out, std::string_view text, unsigned& high) const;

  const char separator_;
  const char enclosure_;
  const char escape_;
  const Wide separators_;
  const Wide enclosures_;
  const Wide escapes_;
  const std::string null_text_;
  const std::size_t word_bytes_max_;  // of what is_word() says yes to
};

}  // namespace slotcast::sink
