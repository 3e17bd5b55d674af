#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

// What the daemon tells its operator as it runs (the word "log" is the durable log's alone).
// One event is one line on standard error:
//
//     2026-11-21T05:40:12.123456Z info  capture: streaming slot=slotcast_shop from=0/16B3748
//
// Threads: any. Values are escaped, so that a table's name cannot forge a line; secrets are never
// passed in. Never called per row.

namespace slotcast::diag {

struct Field {
  std::string_view key;
  std::string value;
};

enum class Level { Debug, Info, Warning, Error };

void set_level(Level level);
// Lines as JSON objects instead of text, for machines.
void set_json(bool json);
// On a terminal this line stays below all others, without an end; empty: none. Nothing elsewhere,
// nor with JSON.
void set_footer(const std::string& line);
bool has_terminal();

void write(Level level, std::string_view part, std::string_view event,
           std::initializer_list<Field> fields = {});

inline void debug(std::string_view part, std::string_view event,
                  std::initializer_list<Field> fields = {}) {
  write(Level::Debug, part, event, fields);
}
inline void info(std::string_view part, std::string_view event,
                 std::initializer_list<Field> fields = {}) {
  write(Level::Info, part, event, fields);
}
inline void warning(std::string_view part, std::string_view event,
                    std::initializer_list<Field> fields = {}) {
  write(Level::Warning, part, event, fields);
}
inline void error(std::string_view part, std::string_view event,
                  std::initializer_list<Field> fields = {}) {
  write(Level::Error, part, event, fields);
}

}  // namespace slotcast::diag
