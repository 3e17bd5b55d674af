#include "connectors/kafka/format/avro_schema.h"

#include <algorithm>
#include <array>
#include <set>

namespace slotcast::kafka {
namespace {

using Type = ConnectSchema::Type;

// Of what is no record and no array.
const char* primitive_of(Type type) {
  constexpr std::array kNames = {"boolean", "int",    "int",    "long",
                                 "float",   "double", "string", "bytes"};
  return kNames[static_cast<std::size_t>(type)];
}

bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Letters, digits and _, no digit first.
std::string name_of(std::string_view text) {
  std::string name;
  if (text.empty() || is_digit(text[0])) name = "_";
  for (const char c : text) name += is_letter(c) || is_digit(c) ? c : '_';
  return name;
}

std::string full_name_of(const std::string& text) {
  std::string name;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t point = std::min(text.find('.', at), text.size());
    name += (name.empty() ? "" : ".") + name_of(std::string_view(text).substr(at, point - at));
    at = point + 1;
  }
  return name;
}

// A name that is right already stays as it is, whoever comes first.
std::vector<std::string> names_of(const std::vector<ConnectSchema::Field>& fields) {
  std::set<std::string> taken;
  for (const auto& field : fields) {
    if (name_of(field.name) == field.name) taken.insert(field.name);
  }
  std::vector<std::string> names;
  for (const auto& field : fields) {
    const std::string wanted = name_of(field.name);
    std::string name = wanted;
    if (wanted != field.name) {
      for (int i = 2; !taken.insert(name).second; ++i) name = wanted + "_" + std::to_string(i);
    }
    names.push_back(name);
  }
  return names;
}

class Printer {
 public:
  std::string print(const ConnectSchema& schema) {
    return schema.is_optional ? "[\"null\"," + node(schema) + "]" : node(schema);
  }

 private:
  std::string node(const ConnectSchema& schema) {
    if (schema.type == Type::Struct) return record(schema);
    if (schema.type == Type::Array) {
      return R"({"type":"array","items":)" + print(*schema.element) + meaning(schema) + "}";
    }
    const std::string type = quoted_json(primitive_of(schema.type));
    const std::string more = logical(schema) + meaning(schema);
    return more.empty() ? type : "{\"type\":" + type + more + "}";
  }

  // A record that was written before is only named.
  std::string record(const ConnectSchema& schema) {
    const std::string full = full_name_of(schema.name);
    if (!known_.insert(full).second) return quoted_json(full);
    const std::size_t point = full.rfind('.');
    std::string text = R"({"type":"record","name":)" + quoted_json(full.substr(point + 1));
    if (point != std::string::npos) text += ",\"namespace\":" + quoted_json(full.substr(0, point));
    text += ",\"fields\":[";
    const std::vector<std::string> names = names_of(schema.fields);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const ConnectSchema& field = schema.fields[i].schema;
      text += std::string(i == 0 ? "" : ",") + "{\"name\":" + quoted_json(names[i]) +
              ",\"type\":" + print(field) + (field.is_optional ? ",\"default\":null}" : "}");
    }
    return text + "]" + meaning(schema) + "}";
  }

  // What Avro itself knows of a meaning.
  static std::string logical(const ConnectSchema& schema) {
    const auto is = [&](std::string_view word) {
      return schema.name == std::string("org.apache.kafka.connect.data.").append(word);
    };
    if (schema.type == Type::Int16) return R"(,"connect.type":"int16")";
    if (is("Date")) return R"(,"logicalType":"date")";
    if (is("Time")) return R"(,"logicalType":"time-millis")";
    if (is("Timestamp")) return R"(,"logicalType":"timestamp-millis")";
    return is("Decimal") ? decimal(schema) : "";
  }

  // Without a precision it is the converter's own; Avro wants at least as many digits as there are
  // behind the point.
  static std::string decimal(const ConnectSchema& schema) {
    int scale = 0;
    int precision = 64;
    for (const auto& [name, value] : schema.parameters) {
      (name == "scale" ? scale : precision) = std::stoi(value);
    }
    return R"(,"scale":)" + std::to_string(scale) + R"(,"precision":)" +
           std::to_string(std::max(scale, precision)) + R"(,"logicalType":"decimal")";
  }

  static std::string meaning(const ConnectSchema& schema) {
    std::string text;
    if (!schema.doc.empty()) text += ",\"connect.doc\":" + quoted_json(schema.doc);
    if (schema.version != 0) text += ",\"connect.version\":" + std::to_string(schema.version);
    std::string parameters;
    for (const auto& [name, value] : schema.parameters) {
      parameters += (parameters.empty() ? "" : ",") + quoted_json(name) + ":" + quoted_json(value);
    }
    if (!parameters.empty()) text += ",\"connect.parameters\":{" + parameters + "}";
    if (!schema.name.empty()) text += ",\"connect.name\":" + quoted_json(schema.name);
    return text;
  }

  std::set<std::string> known_;
};

}  // namespace

std::string to_avro(const ConnectSchema& schema) {
  return Printer().print(schema);
}

}  // namespace slotcast::kafka
