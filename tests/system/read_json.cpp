// Reads JSON lines with simdjson and writes them as PostgreSQL's COPY reads text. A test compares
// them there with the table they were made from.
//
// usage: read_json COLUMN... <LINES >ROWS
//
// A field for each COLUMN: of a text what it means, of anything else, and of a COLUMN that ends in
// ":json", what stands there. Behind them a JSON array of the columns that the line has no key for.
#include <simdjson.h>

#include <iostream>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace {

namespace ondemand = simdjson::ondemand;

struct Column {
  std::string name;
  bool is_json = false;
};

struct Cell {
  bool is_there = false;
  bool is_null = false;
  std::string text;
};

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

// Throws simdjson_error for what is not JSON.
void read_value(ondemand::value value, bool is_json, Cell& cell) {
  cell.is_there = true;
  const ondemand::json_type type = value.type();
  cell.is_null = type == ondemand::json_type::null && value.is_null();
  if (cell.is_null) return;
  std::string_view text;
  if (type == ondemand::json_type::object) {
    ondemand::object object = value.get_object();
    text = object.raw_json();
  } else if (type == ondemand::json_type::array) {
    ondemand::array array = value.get_array();
    text = array.raw_json();
  } else if (type == ondemand::json_type::string && !is_json) {
    text = value.get_string();
  } else {
    text = without_blanks(value.raw_json_token());
  }
  cell.text.assign(text);
}

class Reader {
 public:
  explicit Reader(std::vector<Column> columns)
      : columns_(std::move(columns)), cells_(columns_.size()) {
    for (std::size_t i = 0; i < columns_.size(); ++i) places_[columns_[i].name] = i;
  }

  // Throws simdjson_error for what is not a line of these columns.
  void read(const std::string& line) {
    for (Cell& cell : cells_) cell.is_there = cell.is_null = false;
    padded_.assign(line).append(simdjson::SIMDJSON_PADDING, ' ');
    ondemand::document document =
        parser_.iterate(padded_.data(), line.size(), line.size() + simdjson::SIMDJSON_PADDING);
    for (auto field : document.get_object()) {
      const std::string_view name = field.unescaped_key();
      const auto found = places_.find(std::string(name));
      if (found == places_.end()) throw simdjson::simdjson_error(simdjson::NO_SUCH_FIELD);
      Cell& cell = cells_[found->second];
      if (cell.is_there) throw simdjson::simdjson_error(simdjson::INCORRECT_TYPE);
      read_value(field.value(), columns_[found->second].is_json, cell);
    }
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
      throw simdjson::simdjson_error(simdjson::TAPE_ERROR);
    }
  }

  // As COPY reads it.
  void write(std::string& out) const {
    std::string missing;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      const Cell& cell = cells_[i];
      if (!cell.is_there) missing += (missing.empty() ? "\"" : ",\"") + columns_[i].name + '"';
      if (cell.is_there && !cell.is_null) {
        append_escaped(cell.text, out);
      } else {
        out += "\\N";
      }
      out += '\t';
    }
    out += '[' + missing + "]\n";
  }

 private:
  static void append_escaped(std::string_view text, std::string& out) {
    for (const char c : text) {
      switch (c) {
        case '\\':
          out += "\\\\";
          break;
        case '\t':
          out += "\\t";
          break;
        case '\n':
          out += "\\n";
          break;
        case '\r':
          out += "\\r";
          break;
        default:
          out += c;
      }
    }
  }

  const std::vector<Column> columns_;
  std::unordered_map<std::string, std::size_t> places_;
  std::vector<Cell> cells_;
  std::string padded_;
  ondemand::parser parser_;
};

Column column_of(std::string_view argument) {
  constexpr std::string_view kJson = ":json";
  const bool is_json = argument.ends_with(kJson);
  if (is_json) argument.remove_suffix(kJson.size());
  return {std::string(argument), is_json};
}

}  // namespace

int main(int count, char** arguments) {
  std::ios::sync_with_stdio(false);
  std::vector<Column> columns;
  for (int i = 1; i < count; ++i) columns.push_back(column_of(arguments[i]));
  Reader reader(std::move(columns));
  std::string line;
  std::string out;
  for (std::size_t number = 1; std::getline(std::cin, line); ++number) {
    try {
      reader.read(line);
    } catch (const simdjson::simdjson_error& error) {
      std::cerr << "line " << number << ": " << error.what() << ": " << line.substr(0, 2000)
                << '\n';
      return 1;
    }
    out.clear();
    reader.write(out);
    std::cout << out;
  }
  return std::cout.flush() ? 0 : 1;
}
