#include "lib/pgoutput/types.h"

namespace slotcast::pgoutput {
namespace {

struct BuiltIn {
  std::uint32_t oid;
  std::string_view name;
  TypeClass type_class;
};

constexpr BuiltIn kBuiltIns[] = {
    {16, "bool", TypeClass::Boolean},  {20, "int8", TypeClass::Integer},
    {21, "int2", TypeClass::Integer},  {23, "int4", TypeClass::Integer},
    {26, "oid", TypeClass::Integer},   {1700, "numeric", TypeClass::Decimal},
    {700, "float4", TypeClass::Float}, {701, "float8", TypeClass::Float},
    {114, "json", TypeClass::Json},    {3802, "jsonb", TypeClass::Json},
};

}  // namespace

TypeClass type_class_of(std::uint32_t type_oid) {
  for (const BuiltIn& type : kBuiltIns) {
    if (type.oid == type_oid) return type.type_class;
  }
  return TypeClass::Text;
}

std::uint32_t oid_of_built_in(std::string_view name) {
  for (const BuiltIn& type : kBuiltIns) {
    if (type.name == name) return type.oid;
  }
  return 0;
}

}  // namespace slotcast::pgoutput
