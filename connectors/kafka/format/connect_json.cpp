#include <array>

#include "connectors/kafka/format/connect_schema.h"

namespace slotcast::kafka {
namespace {

const char* name_of(ConnectSchema::Type type) {
  constexpr std::array kNames = {"boolean", "int16",  "int32", "int64", "float",
                                 "double",  "string", "bytes", "array", "struct"};
  return kNames[static_cast<std::size_t>(type)];
}

// `field`: what a struct calls it; null outside of one.
void append(std::string& out, const ConnectSchema& schema, const std::string* field) {
  out += std::string("{\"type\":\"") + name_of(schema.type) + '"';
  if (schema.type == ConnectSchema::Type::Struct) {
    out += ",\"fields\":[";
    for (const ConnectSchema::Field& each : schema.fields) {
      if (&each != schema.fields.data()) out += ',';
      append(out, each.schema, &each.name);
    }
    out += ']';
  }
  if (schema.element) {
    out += ",\"items\":";
    append(out, *schema.element, nullptr);
  }
  out += std::string(",\"optional\":") + (schema.is_optional ? "true" : "false");
  if (!schema.name.empty()) out += ",\"name\":" + quoted_json(schema.name);
  if (schema.version != 0) out += ",\"version\":" + std::to_string(schema.version);
  if (!schema.doc.empty()) out += ",\"doc\":" + quoted_json(schema.doc);
  std::string parameters;
  for (const auto& [name, value] : schema.parameters) {
    parameters += (parameters.empty() ? "" : ",") + quoted_json(name) + ":" + quoted_json(value);
  }
  if (!parameters.empty()) out += ",\"parameters\":{" + parameters + "}";
  if (!schema.usual.empty()) out += ",\"default\":" + quoted_json(schema.usual);
  if (field != nullptr) out += ",\"field\":" + quoted_json(*field);
  out += '}';
}

}  // namespace

std::string to_json(const ConnectSchema& schema) {
  std::string out;
  append(out, schema, nullptr);
  return out;
}

}  // namespace slotcast::kafka
