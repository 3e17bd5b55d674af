#include "lib/sql/type.h"

#include <array>

namespace slotcast::sql {
namespace {

struct Named {
  Kind kind;
  std::uint32_t oid;
  std::string_view name;
};

// Source: PostgreSQL, src/include/catalog/pg_type.dat; names as format_type() prints them.
constexpr std::array<Named, kKindCount> kNamed = {{
    {Kind::Unknown, 0, "unknown"},
    {Kind::Bool, 16, "boolean"},
    {Kind::Int2, 21, "smallint"},
    {Kind::Int4, 23, "integer"},
    {Kind::Int8, 20, "bigint"},
    {Kind::Numeric, 1700, "numeric"},
    {Kind::Float4, 700, "real"},
    {Kind::Float8, 701, "double precision"},
    {Kind::Text, 25, "text"},
    {Kind::Varchar, 1043, "character varying"},
    {Kind::Date, 1082, "date"},
    {Kind::Time, 1083, "time without time zone"},
    {Kind::Timestamp, 1114, "timestamp without time zone"},
    {Kind::Timestamptz, 1184, "timestamp with time zone"},
    {Kind::Uuid, 2950, "uuid"},
    {Kind::Json, 114, "json"},
    {Kind::Jsonb, 3802, "jsonb"},
    {Kind::Bytea, 17, "bytea"},
    {Kind::Enum, 0, "enum"},
    {Kind::Other, 0, "another type"},
}};

// VARHDRSZ, which modifiers are shifted by.
constexpr std::int32_t kHeaderBytes = 4;

}  // namespace

std::string_view name_of(Kind kind) {
  return kNamed[static_cast<std::size_t>(kind)].name;
}

std::string name_of(const Type& type) {
  return type.name.empty() ? std::string(name_of(type.kind)) : type.name;
}

std::uint32_t oid_of(Kind kind) {
  return kNamed[static_cast<std::size_t>(kind)].oid;
}

Kind kind_of_oid(std::uint32_t oid) {
  for (const Named& named : kNamed) {
    if (named.oid == oid && oid != 0) return named.kind;
  }
  return Kind::Other;
}

// The precision stands above 16 bits, the scale below as 11 bits with a sign.
NumericModifier numeric_modifier(std::int32_t modifier) {
  const std::int32_t packed = modifier - kHeaderBytes;
  const int scale = packed & 0x7ff;
  return {(packed >> 16) & 0xffff, (scale ^ 1024) - 1024};
}

std::int32_t to_modifier(NumericModifier numeric) {
  return ((numeric.precision << 16) | (numeric.scale & 0x7ff)) + kHeaderBytes;
}

}  // namespace slotcast::sql
