#include "lib/snapshot/word.h"

namespace slotcast::snapshot {

std::string to_word(const std::string& text) {
  static const char* digits = "0123456789abcdef";
  if (text.empty()) return "%";
  std::string word;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte != 0x7F && c != '%') {
      word += c;
      continue;
    }
    word += {'%', digits[byte >> 4], digits[byte & 0xF]};
  }
  return word;
}

std::string from_word(const std::string& word) {
  if (word == "%") return "";
  std::string text;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const bool is_escape = word[i] == '%' && i + 2 < word.size();
    text += is_escape ? static_cast<char>(std::stoi(word.substr(i + 1, 2), nullptr, 16)) : word[i];
    if (is_escape) i += 2;
  }
  return text;
}

Status read_lines(const std::string& file_name, const std::string& text, const TakeLine& take) {
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream values(line);
    std::string key;
    values >> key;
    take(key, values);
    if (values.fail()) return corrupt("state file " + file_name + ": line \"" + line + "\"");
  }
  return {};
}

}  // namespace slotcast::snapshot
