#include "tests/support/value_file.h"

#include <fstream>

#include "lib/sink/encode/json_text.h"
#include "tests/support/command.h"
#include "tests/support/temp_dir.h"

namespace slotcast::test {
namespace {

char letter_of(TypeClass type_class) {
  switch (type_class) {
    case TypeClass::Text:
      return 'T';
    case TypeClass::Boolean:
      return 'B';
    case TypeClass::Json:
      return 'J';
    default:
      return 'N';
  }
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string json_of(const sink::CsvOptions& options) {
  sink::Buffer out;
  const auto put = [&](const char* name, const std::string& text) {
    out.append(std::string(out.size() == 0 ? "{" : ",") + "\"" + name + "\":");
    sink::append_json_string(out, text);
  };
  put("separator", options.separator);
  put("enclosure", options.enclosure);
  put("escape", options.escape);
  put("line_end", options.line_end);
  put("null", options.null_text);
  return std::string(out.text()) + ",\"header\":" + (options.header ? "true}" : "false}");
}

std::string run(std::vector<std::string> program, const std::string& rows,
                const std::string& values, const std::string& settings) {
  const TempDir directory;
  const std::string prefix = directory.path() + "/";
  write_file(prefix + "rows", rows);
  write_file(prefix + "values", values);
  write_file(prefix + "settings", settings);
  program.insert(program.end(), {prefix + "rows", prefix + "values"});
  if (!settings.empty()) program.push_back(prefix + "settings");
  return run_command(program).output;
}

const std::string kFolder = SLOTCAST_SOURCE_DIR "/tests/lib/sink/encode/";

}  // namespace

std::string as_hex(const std::string& text) {
  const char* const digits = "0123456789abcdef";
  std::string hex;
  for (const char c : text) hex += {digits[static_cast<unsigned char>(c) >> 4], digits[c & 15]};
  return hex;
}

std::string described(const Relation& relation, const std::vector<Value>& values) {
  std::string line;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != 0) line += ' ';
    line += {letter_of(relation.columns[i].type_class), '='};
    switch (values[i].kind) {
      case Cell::Kind::Null:
        line += "NULL";
        break;
      case Cell::Kind::Unchanged:
        line += "GONE";
        break;
      case Cell::Kind::Text:
        line += as_hex(values[i].text);
    }
  }
  return line + "\n";
}

std::string read_csv_back(const std::string& rows, const std::string& values,
                          const sink::CsvOptions& options) {
  return run({"python3", kFolder + "read_csv.py"}, rows, values, json_of(options));
}

std::string read_json_back(const std::string& rows, const std::string& values) {
  return run({"python3", kFolder + "read_rows.py"}, rows, values, "");
}

}  // namespace slotcast::test
