#include "daemon/human.h"

#include <algorithm>

namespace slotcast {

std::string human_bytes(std::uint64_t bytes) {
  const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes);
  int unit = 0;
  // What %.1f would round up to 1000.0 goes to the next unit, too.
  for (; value >= 999.95; ++unit) value /= 1024;
  return unit == 0 ? format("%llu B", static_cast<unsigned long long>(bytes))
                   : format("%.1f %s", value, units[unit]);
}

std::string human_count(std::uint64_t count, std::uint64_t exact_max) {
  if (count <= exact_max) return std::to_string(count);
  const char units[] = {' ', 'k', 'M', 'G', 'T', 'P', 'E'};
  double value = static_cast<double>(count);
  int unit = 0;
  for (; value >= 999.5; ++unit) value /= 1000;
  return format(value < 99.95 ? "%.1f%c" : "%.0f%c", value, units[unit]);
}

std::string human_seconds(double seconds) {
  return seconds < 99'999.95 ? format("%.1f", seconds)
                             : human_count(static_cast<std::uint64_t>(std::min(seconds, 1e18)));
}

std::string human_wait(double seconds) {
  const auto whole = static_cast<unsigned long long>(std::clamp(seconds, 0.0, 1e12));
  if (whole < 60) return format("%llus", whole);
  if (whole < 3600) return format("%llum %llus", whole / 60, whole % 60);
  if (whole < 2 * 86400) return format("%lluh %llum", whole / 3600, whole % 3600 / 60);
  return format("%llu days", whole / 86400);
}

std::string printable(std::string text) {
  unsigned char before = 0;
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    // C2 80 to C2 9F are U+0080 to U+009F: controls as well, one of them is "escape [".
    const bool is_c1 = before == 0xC2 && byte >= 0x80 && byte <= 0x9F;
    if (byte < 0x20 || byte == 0x7F || is_c1) c = '?';
    before = byte;
  }
  return text;
}

std::string wrap(const std::string& text, std::size_t columns, std::size_t indent) {
  std::string out;
  std::string line;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = std::min(text.find(' ', at), text.size());
    std::string word = text.substr(at, std::min(end - at, columns - indent));
    if (!line.empty() && line.size() + 1 + word.size() > columns) {
      out += line + "\n";
      line = std::string(indent - 1, ' ');
    }
    line += (line.empty() ? "" : " ") + word;
    at += word.size();
    while (at < text.size() && text[at] == ' ') ++at;
  }
  return out + line + "\n";
}

std::string render_bar(const Bar& bar) {
  constexpr std::size_t kName = 28, kWidth = 20;
  const double part =
      bar.total == 0 ? 1.0 : static_cast<double>(bar.done) / static_cast<double>(bar.total);
  const std::size_t filled =
      std::min(kWidth, static_cast<std::size_t>(part * static_cast<double>(kWidth)));
  const std::string name =
      bar.name.size() <= kName ? bar.name : bar.name.substr(0, kName - 2) + "..";
  std::string line =
      format("  %-28s [%s%s] %3d%%", name.c_str(), std::string(filled, '#').c_str(),
             std::string(kWidth - filled, ' ').c_str(), static_cast<int>(part * 100));
  if (bar.rows > 0) line += " " + human_count(bar.rows) + " rows";
  if (bar.seconds_left >= 0) line += " " + human_wait(bar.seconds_left) + " left";
  return line + "\n";
}

}  // namespace slotcast
