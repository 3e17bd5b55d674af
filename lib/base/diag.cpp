#include "lib/base/diag.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <mutex>

namespace slotcast::diag {
namespace {

std::atomic<bool> json_lines{false};

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = spdlog::stderr_logger_mt("slotcast");
    made->set_pattern("%v");
    made->set_level(spdlog::level::info);
    return made;
  }();
  return *instance;
}

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::Debug:
      return spdlog::level::debug;
    case Level::Info:
      return spdlog::level::info;
    case Level::Warning:
      return spdlog::level::warn;
    case Level::Error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

const char* name_of(Level level) {
  switch (level) {
    case Level::Debug:
      return "debug";
    case Level::Info:
      return "info";
    case Level::Warning:
      return "warning";
    case Level::Error:
      return "error";
  }
  return "error";
}

std::string timestamp() {
  using namespace std::chrono;
  const auto now = floor<microseconds>(system_clock::now());
  const std::time_t seconds = system_clock::to_time_t(floor<std::chrono::seconds>(now));
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[96];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", parts.tm_year + 1900,
                parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                static_cast<int>(now.time_since_epoch().count() % 1000000));
  return text;
}

// Control characters, quotes and backslashes as JSON escapes them; used for both forms.
void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      char hex[8];
      std::snprintf(hex, sizeof hex, "\\u%04x", static_cast<unsigned>(c));
      out += hex;
    } else {
      out += c;
    }
  }
}

bool needs_quotes(std::string_view text) {
  if (text.empty()) return true;
  return text.find_first_of(" \"\\=\n\r\t") != std::string_view::npos;
}

std::string text_line(Level level, std::string_view part, std::string_view event,
                      std::initializer_list<Field> fields) {
  std::string line = timestamp() + " ";
  line += name_of(level);
  line += ' ';
  append_escaped(line, part);
  line += ": ";
  append_escaped(line, event);
  for (const Field& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    const bool quoted = needs_quotes(field.value);
    if (quoted) line += '"';
    append_escaped(line, field.value);
    if (quoted) line += '"';
  }
  return line;
}

std::string json_line(Level level, std::string_view part, std::string_view event,
                      std::initializer_list<Field> fields) {
  std::string line = "{\"time\":\"" + timestamp() + "\"";
  const auto member = [&line](std::string_view key, std::string_view value) {
    line += ",\"";
    append_escaped(line, key);
    line += "\":\"";
    append_escaped(line, value);
    line += '"';
  };
  member("level", name_of(level));
  member("part", part);
  member("event", event);
  for (const Field& field : fields) member(field.key, field.value);
  return line + "}";
}

// Source: ECMA-48, EL: from the cursor to the end of the line.
const std::string kClearLine = "\r\033[K";

std::mutex footer_mutex;
std::string footer;  // guarded by footer_mutex

void put(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

}  // namespace

void set_level(Level level) {
  logger().set_level(to_spdlog(level));
}
void set_json(bool json) {
  json_lines = json;
}

bool has_terminal() {
  static const bool is_terminal = ::isatty(STDERR_FILENO) == 1;
  return is_terminal;
}

void set_footer(const std::string& line) {
  const std::lock_guard lock(footer_mutex);
  if (!has_terminal() || json_lines || line == footer) return;
  footer = line;
  put(kClearLine + footer);
}

void write(Level level, std::string_view part, std::string_view event,
           std::initializer_list<Field> fields) {
  if (!logger().should_log(to_spdlog(level))) return;
  const std::string line =
      json_lines ? json_line(level, part, event, fields) : text_line(level, part, event, fields);
  const std::lock_guard lock(footer_mutex);
  if (!footer.empty()) put(kClearLine);
  logger().log(to_spdlog(level), "{}", line);
  logger().flush();
  if (!footer.empty()) put(footer);
}

}  // namespace slotcast::diag
