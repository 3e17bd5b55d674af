#include "lib/sink/encode/csv_options.h"

#include <algorithm>

#include "lib/sink/encode/json_options.h"
#include "lib/sink/encode/json_text.h"
#include "lib/sink/encode/meta.h"

namespace slotcast::sink {
namespace {

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

// Numbers, positions and times are written without a look at their bytes.
bool is_part_of_a_number(char c) {
  const auto lower = static_cast<char>(c | 0x20);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("+-.:/").find(c) != std::string_view::npos;
}

// Nothing when `text` can be a separator, enclosure or escape.
std::string complaint_about(const std::string& text) {
  if (text.size() != 1) return "write one character of ASCII";
  const char c = text.front();
  if ((static_cast<unsigned char>(c) & 0x80) != 0) return "write one character of ASCII";
  if (is_control(c)) return "a control character cannot be told from what stands in a text";
  if (is_part_of_a_number(c)) {
    return std::string("\"") + c + "\" is part of numbers, words or times; write a mark as , ; |";
  }
  return "";
}

void check_characters(const CsvOptions& options, Mistakes& mistakes) {
  const bool is_tab = options.separator == "\t";
  const std::string separator = is_tab ? "" : complaint_about(options.separator);
  if (!separator.empty()) mistakes.emplace_back("separator", invalid(separator));
  const std::pair<const char*, const std::string*> others[] = {{"enclosure", &options.enclosure},
                                                               {"escape", &options.escape}};
  for (const auto& [name, text] : others) {
    const std::string complaint = complaint_about(*text);
    if (!complaint.empty()) {
      mistakes.emplace_back(name, invalid(complaint));
    } else if (*text == " ") {
      mistakes.emplace_back(name, invalid("a blank cannot be told from what stands in a text"));
    } else if (*text == options.separator) {
      mistakes.emplace_back(name, invalid("is the separator as well"));
    }
  }
}

bool is_number_or_boolean(const std::string& text) {
  for (const char* const word : {"true", "false", "NaN", "Infinity", "-Infinity"}) {
    if (text == word) return true;
  }
  return text.find_first_of("0123456789") != std::string::npos &&
         text.find_first_not_of("0123456789+-.e") == std::string::npos;
}

// Nothing when no value is written as this.
std::string complaint_about_null(const CsvOptions& options) {
  const std::string& text = options.null_text;
  if (!is_valid_utf8(text)) return "is not valid UTF-8";
  if (std::any_of(text.begin(), text.end(), &is_control)) {
    return "holds a control character or a line end";
  }
  const auto holds = [&](const std::string& part) {
    return !part.empty() && text.find(part) != std::string::npos;
  };
  if (holds(options.separator)) return "holds the separator";
  if (holds(options.enclosure)) return "holds the enclosure";
  // What reads the backslash as an escape knows this one.
  if (holds(options.escape) && text != "\\N") return "holds the escape";
  if (is_number_or_boolean(text)) return "a number or a boolean may be written as that";
  if (text == "\\.") return "PostgreSQL reads \\. as the end of the file";
  if (text == "[]") return "_unchanged is written as that when it names no column";
  if (text.size() == 1 && std::string_view("cudrtbe").find(text) != std::string_view::npos) {
    return "_op may be written as that";
  }
  if (text.find_first_of("0123456789") != std::string::npos &&
      text.find_first_of("/:") != std::string::npos) {
    return "a position or a time may be written as that";
  }
  return "";
}

}  // namespace

Mistakes check(const CsvOptions& options) {
  Mistakes mistakes;
  check_characters(options, mistakes);
  check_line_end(options.line_end, mistakes);
  const std::string complaint = complaint_about_null(options);
  if (!complaint.empty()) mistakes.emplace_back("null", invalid(complaint));
  read_meta(options.meta, mistakes);
  return mistakes;
}

}  // namespace slotcast::sink
