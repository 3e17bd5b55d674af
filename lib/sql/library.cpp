#include "lib/sql/library.h"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace slotcast::sql {
namespace {

struct Library {
  Library() {
    const Family families[] = {integer_family(), decimal_family(), float_family(),   text_family(),
                               binary_family(),  json_family(),    datetime_family()};
    for (const Family& family : families) {
      for (const Function& each : family.functions) functions[each.name].push_back(&each);
      for (const Cast& each : family.casts) casts.push_back(&each);
      for (const TypeRoutines& each : family.types) {
        routines[static_cast<std::size_t>(each.kind)] = each;
      }
    }
  }

  std::unordered_map<std::string_view, std::vector<const Function*>> functions;
  std::vector<const Cast*> casts;
  std::array<TypeRoutines, kKindCount> routines;
};

const Library& library() {
  static const Library once;
  return once;
}

struct TypeWord {
  std::string_view name;
  Kind kind;
  char category;
};

// Source: PostgreSQL, src/include/catalog/pg_type.dat.
constexpr TypeWord kTypeWords[] = {
    {"bool", Kind::Bool, 'B'},
    {"int2", Kind::Int2, 'N'},
    {"int4", Kind::Int4, 'N'},
    {"int8", Kind::Int8, 'N'},
    {"numeric", Kind::Numeric, 'N'},
    {"float4", Kind::Float4, 'N'},
    {"float8", Kind::Float8, 'N'},
    {"text", Kind::Text, 'S'},
    {"varchar", Kind::Varchar, 'S'},
    {"date", Kind::Date, 'D'},
    {"time", Kind::Time, 'D'},
    {"timestamp", Kind::Timestamp, 'D'},
    {"timestamptz", Kind::Timestamptz, 'D'},
    {"uuid", Kind::Uuid, 'U'},
    {"json", Kind::Json, 'U'},
    {"jsonb", Kind::Jsonb, 'U'},
    {"bytea", Kind::Bytea, 'U'},
};

}  // namespace

const std::vector<const Function*>& functions_named(std::string_view name) {
  static const std::vector<const Function*> none;
  const auto found = library().functions.find(name);
  return found == library().functions.end() ? none : found->second;
}

const Cast* find_cast(Kind from, Kind to) {
  const auto& casts = library().casts;
  const auto found = std::find_if(casts.begin(), casts.end(), [&](const Cast* each) {
    return each->from == from && each->to == to;
  });
  return found == casts.end() ? nullptr : *found;
}

const TypeRoutines& routines_of(Kind kind) {
  return library().routines[static_cast<std::size_t>(kind)];
}

Kind kind_named(std::string_view name) {
  for (const TypeWord& word : kTypeWords) {
    if (word.name == name) return word.kind;
  }
  return Kind::Unknown;
}

char category_of(Kind kind) {
  for (const TypeWord& word : kTypeWords) {
    if (word.kind == kind) return word.category;
  }
  return kind == Kind::Unknown ? 'X' : kind == Kind::Enum ? 'E' : 'U';
}

bool is_preferred(Kind kind) {
  return kind == Kind::Bool || kind == Kind::Float8 || kind == Kind::Text ||
         kind == Kind::Timestamptz;
}

}  // namespace slotcast::sql
