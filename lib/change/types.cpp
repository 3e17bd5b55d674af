#include "lib/change/types.h"

#include <algorithm>
#include <iterator>

namespace slotcast {
namespace {

struct BuiltIn {
  std::uint32_t oid;
  std::string_view name;
  TypeClass type_class;
};

constexpr BuiltIn kBuiltIns[] = {
    {16, "bool", TypeClass::Boolean},     {20, "int8", TypeClass::Integer},
    {21, "int2", TypeClass::Integer},     {23, "int4", TypeClass::Integer},
    {26, "oid", TypeClass::Integer},      {1700, "numeric", TypeClass::Decimal},
    {700, "float4", TypeClass::Float},    {701, "float8", TypeClass::Float},
    {114, "json", TypeClass::Json},       {3802, "jsonb", TypeClass::Json},
    {25, "text", TypeClass::Text},        {1043, "varchar", TypeClass::Text},
    {1042, "bpchar", TypeClass::Text},    {19, "name", TypeClass::Text},
    {1082, "date", TypeClass::Text},      {1083, "time", TypeClass::Text},
    {1114, "timestamp", TypeClass::Text}, {1184, "timestamptz", TypeClass::Text},
    {2950, "uuid", TypeClass::Text},      {17, "bytea", TypeClass::Text},
};

}  // namespace

std::string_view name_of(TypeClass type_class) {
  switch (type_class) {
    case TypeClass::Text:
      return "text";
    case TypeClass::Boolean:
      return "boolean";
    case TypeClass::Integer:
      return "integer";
    case TypeClass::Decimal:
      return "decimal";
    case TypeClass::Float:
      return "float";
    case TypeClass::Json:
      return "json";
  }
  return "text";
}

TypeClass type_class_of(std::uint32_t type_oid) {
  for (const BuiltIn& type : kBuiltIns) {
    if (type.oid == type_oid) return type.type_class;
  }
  return TypeClass::Text;
}

bool is_text_type(std::uint32_t type_oid) {
  constexpr std::uint32_t kTexts[] = {25, 1043, 1042, 19};
  return std::find(std::begin(kTexts), std::end(kTexts), type_oid) != std::end(kTexts);
}

std::uint32_t oid_of_built_in(std::string_view name) {
  for (const BuiltIn& type : kBuiltIns) {
    if (type.name == name) return type.oid;
  }
  return 0;
}

}  // namespace slotcast
