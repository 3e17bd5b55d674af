#include "lib/sink/encode/json_text.h"

#include <simdjson.h>

#include <catch2/catch.hpp>
#include <cstdio>

#include "lib/base/random.h"

using namespace slotcast;
using sink::Buffer;

namespace {

// RFC 8259 written down once more, a byte at a time.
std::string escaped_by_the_book(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          char code[8];
          std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
          out += code;
        } else {
          out += c;
        }
    }
  }
  return out + "\"";
}

std::string encoded(const std::string& text) {
  Buffer out;
  REQUIRE(sink::append_json_string(out, text));
  return std::string(out.text());
}

// What simdjson reads from a document that is one string.
std::string read_back(const std::string& json) {
  simdjson::dom::parser parser;
  std::string_view text;
  REQUIRE(parser.parse("[" + json + "]").at(0).get(text) == simdjson::SUCCESS);
  return std::string(text);
}

}  // namespace

TEST_CASE("json text: every byte at every place of the wide loop and behind it is escaped right",
          "[sink]") {
  for (int c = 0; c < 0x80; ++c) {
    for (std::size_t size = 1; size <= 34; ++size) {
      for (std::size_t at = 0; at < size; ++at) {
        std::string text(size, 'x');
        text[at] = static_cast<char>(c);
        if (encoded(text) != escaped_by_the_book(text)) {
          CAPTURE(c, size, at);
          CHECK(encoded(text) == escaped_by_the_book(text));
        }
      }
    }
  }
  CHECK(encoded("") == "\"\"");
}

TEST_CASE("json text: a character outside ASCII stays as it is wherever it stands", "[sink]") {
  for (const std::string one : {"\u00e9", "\u20ac", "\U0001F600", "\u2028", "\u0080"}) {
    for (std::size_t before = 0; before <= 33; ++before) {
      const std::string text = std::string(before, 'x') + one + "\"" + one;
      CHECK(encoded(text) == escaped_by_the_book(text));
      CHECK(read_back(encoded(text)) == text);
    }
  }
}

TEST_CASE("json text: what is not UTF-8 is refused and leaves the buffer as it was", "[sink]") {
  for (const std::string bad : {"\x80", "\xff", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xe2\x82",
                                "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80"}) {
    for (const std::size_t before : {0u, 1u, 15u, 16u, 17u, 40'000u}) {
      Buffer out;
      out.append("kept");
      CHECK_FALSE(sink::append_json_string(out, std::string(before, 'x') + bad + "y"));
      CHECK_FALSE(sink::append_json_value(out, "\"" + std::string(before, 'x') + bad + "\""));
      CHECK(out.text() == "kept");
    }
  }
}

TEST_CASE("json text: random bytes come back from simdjson, or both say they are not UTF-8",
          "[sink]") {
  SeededRandom random(20261121);
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random.next() % 70, '\0');
    // Mostly ASCII, so that many are valid and the escapes meet every neighbour.
    const std::uint64_t mask = round % 4 == 0 ? 0xFF : 0x7F;
    for (char& c : text) c = static_cast<char>(random.next() & mask);
    Buffer out;
    const bool valid = sink::append_json_string(out, text);
    REQUIRE(valid == simdjson::validate_utf8(text));
    if (!valid) continue;
    ++accepted;
    REQUIRE(read_back(std::string(out.text())) == text);
  }
  CHECK(accepted > 10'000);
}

TEST_CASE("json text: long texts are escaped alike on both sides of each piece's end", "[sink]") {
  for (const std::size_t size : {16'383u, 16'384u, 16'385u, 32'768u, 32'769u, 100'000u}) {
    std::string text(size, 'x');
    for (const std::size_t edge : {16'383u, 16'384u, 32'767u, 32'768u}) {
      if (edge < size) text[edge] = '\x01';
    }
    CHECK(encoded(text) == escaped_by_the_book(text));
    std::string worst(size, '\x1f');
    CHECK(encoded(worst) == escaped_by_the_book(worst));
    // A character of two bytes across the edge is still one.
    std::string across = text.substr(0, size / 2 * 2 - 1) + "\u00e9";
    CHECK(encoded(across) == escaped_by_the_book(across));
  }
}

TEST_CASE("json value: line breaks between tokens become spaces, all else stays", "[sink]") {
  Buffer out;
  REQUIRE(sink::append_json_value(out, "{\r\n\t\"a\" : [1,\n2 ,\"\\n\\u0000\"] }"));
  CHECK(out.text() == "{  \t\"a\" : [1, 2 ,\"\\n\\u0000\"] }");
}
