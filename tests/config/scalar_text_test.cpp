// Goal:   a place in a scalar's value is found in the file as an editor shows it, however the
//         scalar is written, and never another place.
// Method: a table with places counted by hand; values written in every style by writers that know
//         where they put each character; yaml-cpp's own emitter; and random texts, where a
//         character's place must hold that character. What a text means is yaml-cpp's word.
#include "config/scalar_text.h"

#include <yaml-cpp/yaml.h>

#include <catch2/catch.hpp>
#include <functional>
#include <random>

using namespace slotcast;
using config::Place;

namespace {

// Characters by line, counted without the code under test.
std::vector<std::vector<std::string>> characters_of(const std::string& file) {
  std::vector<std::vector<std::string>> lines(1);
  std::size_t at = file.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  while (at < file.size()) {
    const auto byte = static_cast<unsigned char>(file[at]);
    const std::size_t size = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    lines.back().push_back(file.substr(at, size));
    if (byte == '\n') lines.emplace_back();
    at += size;
  }
  return lines;
}

std::string character_at(const std::string& file, Place place) {
  const auto lines = characters_of(file);
  const auto line = static_cast<std::size_t>(place.line - 1);
  const auto column = static_cast<std::size_t>(place.column - 1);
  if (line >= lines.size() || column >= lines[line].size()) return "";
  return lines[line][column];
}

config::Sql text_of(const std::string& file, const YAML::Node& node) {
  return config::scalar_text(file, node.Mark(), node.Scalar());
}

// The value of the last key of a mapping, which may be in lists.
YAML::Node last_of(const YAML::Node& node) {
  if (node.IsSequence()) return last_of(node[node.size() - 1]);
  if (!node.IsMap()) return node;
  YAML::Node last;
  for (const auto& entry : node) last.reset(entry.second);
  return last_of(last);
}

bool is_exact(const config::Sql& text) {
  return text.runs.size() > 1;
}

struct Expected {
  std::string file;
  std::string part;  // of the value
  Place place;       // of its first character
};

const std::vector<Expected> kTable = {
    {"w: a > 1\n", ">", {1, 6}},
    {"w: a > 1 # why\n", "1", {1, 8}},
    {"x: 1\nw: a >\n   1 OR\n\n     b\n", "OR", {3, 6}},
    {"x: 1\nw: a >\n   1 OR\n\n     b\n", "b", {5, 6}},
    {"w:\n  a\n  b\n", "b", {3, 3}},
    {"- { from: t, w: a > 1 }\n", "1", {1, 21}},
    {"- { from: t,\n    w: a >\n   1 }\n", "1", {3, 4}},
    {"w: 'a = ''x'' AND b'\n", "'x'", {1, 9}},
    {"w: 'a = ''x'' AND b'\n", "AND", {1, 15}},
    {"w: 'a\n  b\n\n  c'\n", "c", {4, 3}},
    {"w: \"a\\tb\\u00e4c\\x41d\"\n", "b", {1, 8}},
    {"w: \"a\\tb\\u00e4c\\x41d\"\n", "\xC3\xA4", {1, 9}},
    {"w: \"a\\tb\\u00e4c\\x41d\"\n", "d", {1, 20}},
    {"w: \"say \\\"x\\\" and\"\n", "and", {1, 15}},
    {"w: \"one \\\n     two\"\n", "two", {2, 6}},
    {"w: \"one\n\n\n   two\"\n", "two", {4, 4}},
    {"w: \"\\N\\_z\"\n", "z", {1, 9}},
    {"w: |\n  a\n   b\n", "b", {3, 4}},
    {"w: |-  # why\n\n\n  a\n", "a", {4, 3}},
    {"w: |+\n    a\n\n", "a", {2, 5}},
    {"w: |2-\n    a\n   b\n", "  a", {2, 3}},
    {"w: |2-\n    a\n   b\n", "b", {3, 4}},
    {"- w: |\n     a\n\n     b", "b", {4, 6}},
    {"w: >\n  a\n  b\n\n  c\n   d\n  e\n", "b", {3, 3}},
    {"w: >\n  a\n  b\n\n  c\n   d\n  e\n", "c", {5, 3}},
    {"w: >\n  a\n  b\n\n  c\n   d\n  e\n", " d", {6, 3}},
    {"w: >\n  a\n  b\n\n  c\n   d\n  e\n", "e", {7, 3}},
    {"w: >-2\n    a\n  b\n", "b", {3, 3}},
    // Characters, not bytes.
    {"\xC3\xA4\xE2\x82\xAC: \xF0\x9F\x98\x80 > 1\n", ">", {1, 7}},
    {"\xEF\xBB\xBFw: a > 1\n", ">", {1, 6}},
    {"\xEF\xBB\xBFx: 1\nw: '\xC3\xA4 > 1'\n", ">", {2, 7}},
    // Line ends of Windows.
    {"x: 1\r\nw: a >\r\n   1\r\n", "1", {3, 4}},
    {"x: 1\r\nw: |\r\n  a\r\n  b\r\n", "b", {4, 3}},
    {"w: \"a \\\r\n   b\"\r\n", "b", {2, 4}},
    // Anchors, tags and what refers to them.
    {"w: &a a > 1\n", ">", {1, 9}},
    {"w: !!str &a 'a > 1'\n", ">", {1, 16}},
    {"w: &a # why\n  |\n  a >\n  1\n", "1", {4, 3}},
    {"x: &a a > 1\nw: *a\n", ">", {1, 9}},
    {"w: !t\n  a > 1\n", ">", {2, 5}},
};

}  // namespace

TEST_CASE("scalar text: places counted by hand", "[config]") {
  for (const Expected& expected : kTable) {
    INFO(expected.file);
    const YAML::Node node = last_of(YAML::Load(expected.file));
    const config::Sql text = text_of(expected.file, node);
    INFO(text.text << ", " << expected.part);
    const std::size_t offset = text.text.find(expected.part);
    REQUIRE(offset != std::string::npos);
    const Place place = text.place_of(offset);
    INFO(place.line << ":" << place.column);
    CHECK(place == expected.place);
  }
}

TEST_CASE("scalar text: what is missing at the end is missing behind the last word", "[config]") {
  const std::vector<std::pair<std::string, Place>> ends = {
      {"w: a >\n", {1, 7}},
      {"w: 'a >'\n", {1, 8}},
      {"w: 'a > '\n", {1, 8}},
      {"w: |\n  a >\n\n", {2, 6}},
      {"w: >+\n  a\n  >\n\n", {3, 4}},
      {"w: \"a \\x3e\"\n", {1, 11}},
      {"w: \"a \\\n   >\"\n", {2, 5}},
      {"w: '\xC3\xA4\xC3\xA4'\n", {1, 7}},
  };
  for (const auto& [file, expected] : ends) {
    INFO(file);
    const config::Sql text = text_of(file, last_of(YAML::Load(file)));
    for (const std::size_t behind : {0U, 1U, 1000U}) {
      const Place place = text.place_of(text.text.size() + behind);
      INFO(place.line << ":" << place.column);
      CHECK(place == expected);
    }
  }
}

TEST_CASE("scalar text: a text that does not read as the value has one place", "[config]") {
  YAML::Mark mark;
  mark.pos = 3;
  mark.column = 3;
  for (const char* value : {"b > 1", "a > 1 more", "a  > 1", "a > 2"}) {
    const config::Sql text = config::scalar_text("w: a > 1\n", mark, value);
    for (std::size_t at = 0; at < 12; ++at) CHECK(text.place_of(at) == Place{1, 4});
  }
  for (const int pos : {2, 400}) {
    mark.pos = pos;
    const config::Sql text = config::scalar_text("w: a > 1\n", mark, "a > 1");
    CHECK(text.place_of(4) == Place{1, 4});
  }
  // yaml-cpp reads other encodings too; its positions are not the file's then.
  const std::string wide("\xFF\xFEw\0:\0 \0a\0b\0\n\0", 14);
  const config::Sql text = text_of(wide, last_of(YAML::Load(wide)));
  CHECK(text.text == "ab");
  CHECK(text.place_of(1) == Place{1, 4});
}

TEST_CASE("scalar text: a list of texts keeps the places of its items", "[config]") {
  const std::string file = "w: [a, 'b c',\n    d]\n";
  const YAML::Node list = YAML::Load(file)["w"];
  config::Sql all;
  for (const YAML::Node& item : list) {
    all.append(all.text.empty() ? "" : ", ", text_of(file, item));
  }
  REQUIRE(all.text == "a, b c, d");
  CHECK(all.place_of(0) == Place{1, 5});
  CHECK(all.place_of(1) == Place{1, 6});
  CHECK(all.place_of(2) == Place{1, 6});
  CHECK(all.place_of(5) == Place{1, 11});
  CHECK(all.place_of(6) == Place{1, 12});
  CHECK(all.place_of(8) == Place{2, 5});
  CHECK(all.place_of(9) == Place{2, 6});
}

namespace {

// Words with what is between them: blanks, or line breaks.
struct Words {
  std::vector<std::string> words;
  std::vector<std::string> between;
};

// Writes a value and notes, for each of its bytes that is no blank, where that stands.
class Writer {
 public:
  Writer(unsigned seed, bool has_windows_ends)
      : random_(seed), line_end_(has_windows_ends ? "\r\n" : "\n") {}

  std::string file, value;
  std::vector<std::pair<std::size_t, Place>> places;

  std::size_t below(std::size_t most) { return random_() % most; }
  bool by_chance() { return below(2) == 0; }

  void raw(const std::string& text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] == '\n') {
        file += line_end_;
        place_ = {place_.line + 1, 1};
      } else {
        file += text[at];
        if ((static_cast<unsigned char>(text[at]) & 0xC0) != 0x80) ++place_.column;
      }
    }
  }
  // `text` is how the file says `character`.
  void say(const std::string& character, const std::string& text) {
    places.emplace_back(value.size(), place_);
    value += character;
    raw(text);
  }
  // Blanks and line breaks of the value, written in whatever way.
  void between(const std::string& blanks, const std::string& text) {
    value += blanks;
    raw(text);
  }

  Words words(const std::vector<std::string>& alphabet) {
    Words made;
    const std::size_t count = 1 + below(8);
    for (std::size_t i = 0; i < count; ++i) {
      std::string word;
      for (std::size_t left = 1 + below(5); left > 0; --left)
        word += alphabet[below(alphabet.size())];
      made.words.push_back(word);
      made.between.push_back(by_chance()   ? " "
                             : by_chance() ? std::string(1 + below(3), ' ')
                                           : std::string(1 + below(3), '\n'));
    }
    return made;
  }

  std::string indentation() { return std::string(below(5), ' '); }
  // An empty line may hold blanks.
  std::string breaks(std::size_t count) {
    std::string text;
    for (; count > 0; --count) text += "\n" + (count > 1 && by_chance() ? " " : std::string());
    return text;
  }

  // Of plain and quoted scalars: a blank may be the end of a line, a break is an empty line.
  void fold(const std::string& between_words, bool may_continue) {
    if (between_words[0] == '\n') {
      between(between_words, breaks(between_words.size() + 1) + "   " + indentation());
    } else if (may_continue && by_chance()) {
      between(between_words, between_words + "\\\n   " + indentation());
    } else if (between_words.size() == 1 && by_chance()) {
      between(" ", indentation() + breaks(1) + "   " + indentation());
    } else {
      between(between_words, between_words);
    }
  }

  void flow(const Words& words, bool may_continue,
            const std::function<std::string(const std::string&)>& write) {
    for (std::size_t i = 0; i < words.words.size(); ++i) {
      if (i > 0) fold(words.between[i], may_continue);
      const auto characters = characters_of(words.words[i]);
      for (const std::string& each : characters[0]) say(each, write(each));
    }
  }

  void block(const Words& words, bool is_folded) {
    const std::size_t indentation = 3 + below(4);
    const std::string margin(indentation, ' ');
    // Counted from the indentation of the key, which is two.
    const std::string indicator = by_chance() ? std::to_string(indentation - 2) : "";
    raw(std::string(is_folded ? ">" : "|") + indicator + "-" + (by_chance() ? " # why" : ""));
    raw("\n" + margin);
    for (std::size_t i = 0; i < words.words.size(); ++i) {
      const std::string& blanks = words.between[i];
      if (i > 0 && blanks[0] == '\n') {
        between(blanks, breaks(blanks.size() + (is_folded ? 1 : 0)) + margin);
      } else if (i > 0 && is_folded && blanks.size() == 1 && by_chance()) {
        between(blanks, "\n" + margin);
      } else if (i > 0) {
        between(blanks, blanks);
      }
      const auto characters = characters_of(words.words[i]);
      for (const std::string& each : characters[0]) say(each, each);
    }
  }

 private:
  std::mt19937 random_;
  const std::string line_end_;
  Place place_{1, 1};
};

std::string escaped(Writer& writer, const std::string& character) {
  const bool is_forced = character == "\"" || character == "\\";
  if (is_forced && writer.by_chance()) return "\\" + character;
  if (!is_forced && writer.below(3) > 0) return character;
  char text[16];
  unsigned code = static_cast<unsigned char>(character[0]);
  if (character == "\xC3\xA4") code = 0xE4;
  if (character == "\xE2\x82\xAC") code = 0x20AC;
  if (character == "\xF0\x9F\x98\x80") code = 0x1F600;
  const bool is_long = code > 0xFFFF || writer.by_chance();
  const char* form = code <= 0xFF && writer.by_chance() ? "\\x%02X"
                     : is_long                          ? "\\U%08X"
                                                        : "\\u%04X";
  std::snprintf(text, sizeof text, form, code);
  return text;
}

const std::vector<std::string> kPlain = {
    "a", "b", "1", "=", "<", "(", ")", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
std::vector<std::string> with(std::vector<std::string> more) {
  more.insert(more.end(), kPlain.begin(), kPlain.end());
  return more;
}

void write_scalar(Writer& writer, std::size_t style) {
  const std::vector<std::string> any = with({"'", "\"", "\\", "#", ":", ",", "{", "]", "&", "-"});
  switch (style) {
    case 0:  // plain
      writer.flow(writer.words(kPlain), false, [](const std::string& each) { return each; });
      break;
    case 1:
      writer.raw("'");
      writer.flow(writer.words(any), false,
                  [](const std::string& each) { return each == "'" ? "''" : each; });
      writer.raw("'");
      break;
    case 2:
      writer.raw("\"");
      writer.flow(writer.words(any), true,
                  [&](const std::string& each) { return escaped(writer, each); });
      writer.raw("\"");
      break;
    case 3:
      writer.block(writer.words(any), false);
      break;
    default:
      writer.block(writer.words(any), true);
      break;
  }
}

}  // namespace

TEST_CASE("scalar text: every character of every style is where it was written", "[config]") {
  for (unsigned seed = 1; seed <= 4000; ++seed) {
    Writer writer(seed, seed % 5 == 0);
    const std::size_t style = seed % 6;
    if (seed % 7 == 0) writer.file = "\xEF\xBB\xBF";
    writer.raw("x:\n  - \xC3\xA4: 1\n    y: 2\n");
    const bool is_in_flow = style == 5;
    writer.raw(is_in_flow ? "z: { \xC3\xBC: 1, w: " : "z:\n  \xC3\xBC: ");
    write_scalar(writer, is_in_flow ? writer.below(3) : style);
    writer.raw(is_in_flow ? " }\n" : "\n");
    INFO("seed " << seed << "\n" << writer.file);
    const YAML::Node node = last_of(YAML::Load(writer.file));
    REQUIRE(node.Scalar() == writer.value);
    const config::Sql text = text_of(writer.file, node);
    for (const auto& [offset, expected] : writer.places) {
      const Place place = text.place_of(offset);
      INFO("offset " << offset << " is " << place.line << ":" << place.column << ", wanted "
                     << expected.line << ":" << expected.column);
      REQUIRE(place == expected);
    }
  }
}

namespace {

bool is_white(const std::string& character) {
  return character == " " || character == "\t" || character == "\n" || character == "\r";
}

// Each character's place holds it, an escape of it or, for a blank, a line's end; and places rise.
void check_places(const std::string& file, const config::Sql& text) {
  std::size_t offset = 0;
  Place last{0, 0};
  for (const auto& line : characters_of(text.text)) {
    for (const std::string& character : line) {
      const Place place = text.place_of(offset);
      const std::string found = character_at(file, place);
      INFO("offset " << offset << " at " << place.line << ":" << place.column << " is " << found);
      const bool is_blank = is_white(character) && (is_white(found) || found.empty());
      REQUIRE((found == character || found == "\\" || is_blank));
      REQUIRE(std::pair(place.line, place.column) > std::pair(last.line, last.column));
      last = place;
      offset += character.size();
    }
  }
}

}  // namespace

TEST_CASE("scalar text: what yaml-cpp writes, whatever the text", "[config]") {
  const std::vector<std::string> alphabet =
      with({" ", " ", "\n", "'", "\"", "\\", "#", ":", "\t", "-"});
  std::mt19937 random(7);
  std::size_t exact = 0;
  constexpr unsigned kRounds = 3000;
  for (unsigned round = 0; round < kRounds; ++round) {
    std::string value = "a";
    for (std::size_t left = random() % 30; left > 0; --left)
      value += alphabet[random() % alphabet.size()];
    value += "z";
    YAML::Emitter out;
    out << YAML::BeginMap << YAML::Key << "\xC3\xBC" << YAML::Value;
    if (round % 2 == 0) out << YAML::Flow;
    out << YAML::BeginMap << YAML::Key << "w" << YAML::Value;
    if (round % 4 == 1) out << YAML::SingleQuoted;
    if (round % 4 == 2) out << YAML::DoubleQuoted;
    if (round % 4 == 3) out << YAML::Literal;
    out << value << YAML::EndMap << YAML::EndMap;
    const std::string file = out.c_str();
    INFO(file);
    const YAML::Node node = last_of(YAML::Load(file));
    const config::Sql text = text_of(file, node);
    if (!is_exact(text)) continue;
    ++exact;
    check_places(file, text);
  }
  CHECK(exact == kRounds);
}

TEST_CASE("scalar text: random YAML has no wrong place", "[config]") {
  const std::vector<std::string> alphabet = {
      "a", "b", "c", "\xC3\xA4", " ", " ", " ", "\n", "\n ", "\n  ", "\"", "'",  "\\",  "|",
      ">", "-", "+", "2",        "#", ":", "&", "!",  "{",   "}",    ",",  "\t", "\r\n"};
  std::mt19937 random(11);
  std::size_t read = 0, exact = 0;
  for (unsigned round = 0; round < 60000; ++round) {
    static const std::vector<std::string> begins = {"",      "'", "\"", "|\n  ",
                                                    ">\n  ", "|", ">",  "{a: "};
    std::string file = "w: " + begins[round % begins.size()];
    for (std::size_t left = random() % 20; left > 0; --left)
      file += alphabet[random() % alphabet.size()];
    if (round % 8 == 1) file += "'\n";
    if (round % 8 == 2) file += "\"\n";
    if (round % 8 == 7) file += "}\n";
    YAML::Node node;
    try {
      node = last_of(YAML::Load(file));
    } catch (const YAML::Exception&) {
      continue;
    }
    if (!node.IsScalar() || node.Scalar().find_first_not_of(" \t\r\n") == std::string::npos)
      continue;
    ++read;
    const config::Sql text = text_of(file, node);
    if (!is_exact(text)) continue;
    ++exact;
    INFO(file << "\nvalue " << text.text);
    check_places(file, text);
  }
  INFO(exact << " of " << read);
  // The others are quotes without an end, which yaml-cpp lets pass at the end of a file, and odd
  // tags.
  CHECK(exact * 100 > read * 97);
}
