#pragma once

#include <span>
#include <string_view>

#include "lib/sql/frame.h"
#include "lib/sql/value.h"

// The functions, operators and casts that expressions may use: tables, one for each family of
// types. Whatever has a row in them has PostgreSQL's meaning, SQLSTATEs included; what could only
// be approximated has none.

namespace slotcast::sql {

// Strict: called only when no argument is NULL. May still return NULL. False after frame.fail().
using Call = bool (*)(Frame& frame, const Value* arguments, Value& result);

inline constexpr int kArgumentsMax = 4;

struct Function {
  std::string_view name;  // "lower"; an operator by its sign: "+", "||", "->>", "<", "~~" (LIKE)
  Kind result = Kind::Other;
  int count = 0;
  Kind arguments[kArgumentsMax] = {};
  Call call = nullptr;
};

// When a cast is made by itself. Source: PostgreSQL, pg_cast.castcontext.
enum class CastContext : char { Explicit = 'e', Assignment = 'a', Implicit = 'i' };

struct Cast {
  Kind from = Kind::Other;
  Kind to = Kind::Other;
  CastContext context = CastContext::Explicit;
  Call call = nullptr;  // null: the value stays as it is
};

// Reads what PostgreSQL's own output function printed (input() of a cell), and, more widely, what a
// user may write: a cast from text is made of it.
using Input = Call;  // one argument, a text
// Writes it as PostgreSQL prints it, with the settings that the replication session pins
// (DateStyle ISO, TimeZone UTC, extra_float_digits 3, bytea_output hex).
using Output = bool (*)(Frame& frame, const Value& value, std::string_view& text);

struct TypeRoutines {
  Kind kind = Kind::Other;
  Input input = nullptr;    // null: the text is the value
  Output output = nullptr;  // null: the value is the text
};

// Makes a value fit its type's modifier: numeric(p, s), varchar(n). `is_explicit` for a cast that
// the user wrote, which may cut a text silently.
using Fit = bool (*)(Frame& frame, std::int32_t modifier, bool is_explicit, Value& value);

struct Family {
  std::span<const Function> functions;
  std::span<const Cast> casts;
  std::span<const TypeRoutines> types;
};

Family integer_family();   // bool, int2, int4, int8, and casts between them
Family decimal_family();   // numeric
Family float_family();     // float4, float8, and casts to and from other numbers
Family text_family();      // text, varchar, enum
Family binary_family();    // uuid, bytea, md5
Family json_family();      // json, jsonb
Family datetime_family();  // date, time, timestamp, timestamptz

bool fit_numeric(Frame& frame, std::int32_t modifier, bool is_explicit, Value& value);
bool fit_varchar(Frame& frame, std::int32_t modifier, bool is_explicit, Value& value);

}  // namespace slotcast::sql
