#include "config/sql.h"

#include <algorithm>
#include <string_view>

namespace slotcast::config {

Place Sql::place_of(std::size_t offset) const {
  const std::size_t end = std::min(offset, text.size());
  const auto behind =
      std::upper_bound(runs.begin(), runs.end(), end,
                       [](std::size_t wanted, const Run& run) { return wanted < run.offset; });
  if (behind == runs.begin()) return {};
  const Run& run = *std::prev(behind);
  Place place = run.place;
  if (!run.is_side_by_side) return place;
  for (std::size_t at = run.offset + 1; at <= end && at < text.size(); ++at) {
    const bool begins_character = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
    if (begins_character) ++place.column;
  }
  return place;
}

void Sql::append(const std::string& separator, const Sql& more) {
  text += separator;
  for (Run run : more.runs) {
    run.offset += text.size();
    runs.push_back(run);
  }
  text += more.text;
}

std::string Sql::one_line() const {
  constexpr std::string_view kWhite = " \t\r\n";
  const bool keeps_lines = text.find("--") != std::string::npos ||
                           text.find("/*") != std::string::npos ||
                           text.find_first_of("\\$") != std::string::npos;
  std::string line;
  char quote = '\0';
  for (const char c : text) {
    const bool is_white = kWhite.find(c) != std::string_view::npos;
    const bool is_layout = quote == '\0' && is_white && !keeps_lines;
    if (quote == c) {
      quote = '\0';
    } else if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
    }
    if (!is_layout) {
      line += c;
    } else if (!line.ends_with(' ')) {
      line += ' ';
    }
  }
  const std::size_t first = line.find_first_not_of(kWhite);
  if (first == std::string::npos) return "";
  return line.substr(first, line.find_last_not_of(kWhite) + 1 - first);
}

}  // namespace slotcast::config
