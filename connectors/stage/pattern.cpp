#include "connectors/stage/pattern.h"

#include <algorithm>

#include "connectors/stage/strftime.h"

namespace slotcast::stage {
namespace {

constexpr int kDigitsMax = 64;
constexpr int kDigitsForUnique = 6;
constexpr std::size_t kNameBytesMax = 255;
constexpr std::size_t kPathBytesMax = 1024;  // of a key of S3
constexpr std::size_t kUuidBytes = 36;
constexpr const char* kOwnDirectory = ".slotcast";
constexpr const char* kManifest = "_manifest";

Error at_character(std::string_view text, std::size_t at, const std::string& why) {
  return invalid("pattern \"" + std::string(text) + "\", character " + std::to_string(at + 1) +
                 ": " + why);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string random_digits(int count, Random& random) {
  std::string digits;
  for (int i = 0; i < count; ++i) digits += static_cast<char>('0' + random.next() % 10);
  return digits;
}

// Version 4, variant 1 (RFC 4122, section 4.4).
std::string random_uuid(Random& random) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string uuid = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
  for (char& c : uuid) {
    if (c == 'x') c = kHex[random.next() % 16];
    if (c == 'y') c = kHex[8 + random.next() % 4];
  }
  return uuid;
}

// Literal text of a pattern must not lead anywhere but below the stage.
Status check_literal_path(std::string_view text, const std::string& skeleton) {
  if (skeleton.empty()) return invalid("pattern is empty");
  if (skeleton.front() == '/') return at_character(text, 0, "a stage's files have relative names");
  std::size_t start = 0;
  while (start <= skeleton.size()) {
    const std::size_t end = std::min(skeleton.find('/', start), skeleton.size());
    const std::string part = skeleton.substr(start, end - start);
    if (part.size() > kNameBytesMax || skeleton.size() > kPathBytesMax) {
      return invalid("pattern \"" + std::string(text) + "\" makes names longer than " +
                     std::to_string(kNameBytesMax) + " bytes, or paths longer than " +
                     std::to_string(kPathBytesMax));
    }
    if (part.empty())
      return invalid("pattern \"" + std::string(text) + "\" has an empty path part");
    if (part == "." || part == "..") {
      return invalid("pattern \"" + std::string(text) + "\" must not contain \"" + part + "\"");
    }
    if (part == kOwnDirectory) {
      return invalid("pattern \"" + std::string(text) +
                     "\" must not use .slotcast: unfinished files are kept there");
    }
    if (part == kManifest && start == 0) {
      return invalid("pattern \"" + std::string(text) +
                     "\" must not begin with _manifest: what the files are is written there");
    }
    start = end + 1;
  }
  return {};
}

}  // namespace

std::string percent_encode(std::string_view name) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto c = static_cast<unsigned char>(name[i]);
    const bool is_plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || is_digit(name[i]) ||
                          c == '_' || c == '-' || (c == '.' && i > 0);
    if (is_plain) {
      encoded += name[i];
    } else {
      encoded += '%';
      encoded += kHex[c >> 4];
      encoded += kHex[c & 15];
    }
  }
  return encoded;
}

Result<std::size_t> Pattern::parse_directive(std::string_view text, std::size_t at, Piece& piece) {
  std::size_t next = at + 1;
  if (next == text.size()) return at_character(text, at, "'%' at the end; write %% for a percent");
  if (is_digit(text[next])) {
    while (next < text.size() && is_digit(text[next]) && piece.count <= kDigitsMax) {
      piece.count = piece.count * 10 + (text[next++] - '0');
    }
    if (next == text.size() || text[next] != 'N') {
      return at_character(text, at, "a number must be followed by N, as in %6N");
    }
    if (piece.count < 1 || piece.count > kDigitsMax) {
      return at_character(text, at, "%nN takes 1 to 64 digits");
    }
    piece.kind = Piece::Kind::Digits;
    return next + 1;
  }
  const char directive = text[next];
  if (directive == 'U') {
    piece.kind = Piece::Kind::Uuid;
  } else if (directive == '%') {
    piece.text = "%";
  } else if (is_time_directive(directive)) {
    piece.kind = Piece::Kind::Time;
    piece.directive = directive;
  } else {
    return at_character(text, at, std::string("unknown directive %") + directive);
  }
  return next + 1;
}

Result<std::size_t> Pattern::parse_name(std::string_view text, std::size_t at, Piece& piece) {
  const std::size_t end = text.find('}', at);
  if (end == std::string_view::npos) return at_character(text, at, "'{' without '}'");
  const std::string_view name = text.substr(at + 1, end - at - 1);
  if (name == "schema") {
    piece.kind = Piece::Kind::Schema;
  } else if (name == "table") {
    piece.kind = Piece::Kind::Table;
  } else if (name == "sink") {
    piece.kind = Piece::Kind::Sink;
  } else {
    return at_character(
        text, at,
        "unknown name {" + std::string(name) + "}; there are {schema}, {table} and {sink}");
  }
  return end + 1;
}

Result<Pattern> Pattern::parse(std::string_view text) {
  Pattern pattern;
  std::string skeleton;  // the literal text, with a letter for each substitution
  bool is_unique = false;
  for (std::size_t at = 0; at < text.size();) {
    Piece piece;
    if (text[at] == '%') {
      TRY_ASSIGN(at, parse_directive(text, at, piece));
    } else if (text[at] == '{') {
      TRY_ASSIGN(at, parse_name(text, at, piece));
    } else if (text[at] == '}') {
      return at_character(text, at, "'}' without '{'");
    } else if (static_cast<unsigned char>(text[at]) < ' ' || text[at] == 0x7F) {
      return at_character(text, at, "control character");
    } else {
      piece.text = std::string(1, text[at++]);
    }
    is_unique |= piece.kind == Piece::Kind::Uuid ||
                 (piece.kind == Piece::Kind::Digits && piece.count >= kDigitsForUnique);
    // What it becomes has at least so many bytes.
    const std::size_t least = piece.kind == Piece::Kind::Uuid ? kUuidBytes
                              : piece.kind == Piece::Kind::Digits
                                  ? static_cast<std::size_t>(piece.count)
                                  : std::size_t{1};
    skeleton += piece.kind == Piece::Kind::Text ? piece.text : std::string(least, 'x');
    pattern.pieces_.push_back(std::move(piece));
  }
  TRY(check_literal_path(text, skeleton));
  if (!is_unique) {
    return invalid("pattern \"" + std::string(text) +
                   "\" could name two files alike: add %U, or %6N with at least six digits");
  }
  return pattern;
}

Result<std::string> Pattern::expand(const Names& names, WallTime instant, Random& random) const {
  std::string path;
  for (const Piece& piece : pieces_) {
    switch (piece.kind) {
      case Piece::Kind::Text:
        path += piece.text;
        break;
      case Piece::Kind::Time:
        path += format_time(piece.directive, instant);
        break;
      case Piece::Kind::Digits:
        path += random_digits(piece.count, random);
        break;
      case Piece::Kind::Uuid:
        path += random_uuid(random);
        break;
      case Piece::Kind::Schema:
        path += percent_encode(names.schema);
        break;
      case Piece::Kind::Table:
        path += percent_encode(names.table);
        break;
      case Piece::Kind::Sink:
        path += percent_encode(names.sink);
        break;
    }
  }
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    // ".{table}" with a table called slotcast.
    if (path.compare(start, end - start, kOwnDirectory) == 0) {
      return rejected(
          "the file for " + names.schema + "." + names.table +
          " would lie in .slotcast, where unfinished files are kept; change the pattern");
    }
    if (start == 0 && path.compare(0, end, kManifest) == 0) {
      return rejected("the file for " + names.schema + "." + names.table +
                      " would lie in _manifest; change the pattern");
    }
    if (end - start > kNameBytesMax) {
      return rejected("the file name for " + names.schema + "." + names.table +
                      " would be longer than 255 bytes; shorten the pattern");
    }
    start = end + 1;
  }
  return path;
}

}  // namespace slotcast::stage
