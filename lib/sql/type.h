#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/change/relation.h"

// The types that expressions of routes know. What a type means, how its values print and what they
// are read from is PostgreSQL's: documentation, chapter "Data Types".

namespace slotcast::sql {

enum class Kind : std::uint8_t {
  Unknown,  // a quoted literal or NULL that nothing has given a type yet
  Bool,
  Int2,
  Int4,
  Int8,
  Numeric,
  Float4,
  Float8,
  Text,
  Varchar,
  Date,
  Time,
  Timestamp,
  Timestamptz,
  Uuid,
  Json,
  Jsonb,
  Bytea,
  Enum,   // compared for equality, and printed
  Other,  // any other: passed on, and asked whether it is NULL
};
inline constexpr int kKindCount = static_cast<int>(Kind::Other) + 1;

using slotcast::Collation;

struct Type {
  Kind kind = Kind::Unknown;
  std::int32_t modifier = -1;  // pg_attribute.atttypmod: of Numeric and Varchar, and passed through
  std::uint32_t oid = 0;       // pg_type.oid of Enum and Other
  Collation collation = Collation::None;
  bool has_mixed_collation = false;      // several went into it, and which one won is not known
  std::string name;                      // of Other and Enum, as format_type() prints it
  std::vector<std::string> enum_labels;  // of Enum
};

// A built-in kind's type, without a modifier.
inline Type plain_type(Kind kind) {
  Type type;
  type.kind = kind;
  return type;
}

// The same type, whatever the modifiers.
inline bool is_same_type(const Type& a, const Type& b) {
  const bool has_own = a.kind == Kind::Enum || a.kind == Kind::Other;
  return a.kind == b.kind && (!has_own || a.oid == b.oid);
}

// "integer", "character varying": as PostgreSQL names the type in its messages, without modifier.
std::string_view name_of(Kind kind);
// The same, or the type's own name for Other and Enum.
std::string name_of(const Type& type);
// pg_type.oid of a built-in kind; 0 for Unknown, Enum and Other.
std::uint32_t oid_of(Kind kind);
// Other when no kind stands for the type of that oid.
Kind kind_of_oid(std::uint32_t oid);

inline bool is_text(Kind kind) {
  return kind == Kind::Text || kind == Kind::Varchar || kind == Kind::Unknown;
}
inline bool is_integer(Kind kind) {
  return kind == Kind::Int2 || kind == Kind::Int4 || kind == Kind::Int8;
}
inline bool is_number(Kind kind) {
  return kind >= Kind::Int2 && kind <= Kind::Float8;
}

// numeric(precision, scale) and varchar(n) within a modifier.
// Source: PostgreSQL, src/backend/utils/adt/numeric.c (numerictypmodin), varchar.c
// (anychar_typmodin).
struct NumericModifier {
  int precision = 0;
  int scale = 0;  // may be negative since 15
};
NumericModifier numeric_modifier(std::int32_t modifier);
std::int32_t to_modifier(NumericModifier numeric);
inline std::int32_t varchar_length(std::int32_t modifier) {
  return modifier - 4;
}
inline std::int32_t to_varchar_modifier(std::int32_t length) {
  return length + 4;
}

}  // namespace slotcast::sql
