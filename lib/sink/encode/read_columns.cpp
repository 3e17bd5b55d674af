#include "lib/sink/encode/read_columns.h"

#include <algorithm>
#include <iterator>

#include "lib/change/catalog.h"
#include "lib/change/types.h"

namespace slotcast::sink {
namespace {

constexpr TypeClass kClasses[] = {TypeClass::Text,    TypeClass::Boolean, TypeClass::Integer,
                                  TypeClass::Decimal, TypeClass::Float,   TypeClass::Json};

TypeClass class_of(Members& members) {
  const std::string_view name = members.text("class");
  const auto* found = std::find_if(std::begin(kClasses), std::end(kClasses),
                                   [&](TypeClass one) { return name_of(one) == name; });
  if (found != std::end(kClasses)) return *found;
  members.fail("class");
  return TypeClass::Text;
}

Collation collation_of(Members& members) {
  const char letter = members.letter_or("collation", static_cast<char>(Collation::None));
  if (!is_collation(letter)) members.fail("collation");
  return static_cast<Collation>(letter);
}

// As put_reading() in columns.cpp leaves things out.
void take_reading(Members& members, Column& column) {
  if (!members.has("type_name")) return;
  column.base_oid = members.number_or<std::uint32_t>("base", column.type_oid);
  column.base_modifier = members.number_or<std::int32_t>("base_modifier", column.type_modifier);
  column.base_kind = members.letter_or("base_kind", 'b');
  column.collation = collation_of(members);
  TypeWords words{std::string(members.text("type_name")), {}};
  if (members.has("labels")) words.enum_labels = members.texts("labels");
  column.words = std::make_shared<const TypeWords>(std::move(words));
}

Column column_of(Members members) {
  Column column;
  column.name = members.text("name");
  column.type_oid = members.number<std::uint32_t>("type");
  column.type_modifier = members.number<std::int32_t>("modifier");
  column.type_class = class_of(members);
  take_reading(members, column);
  column.is_key = members.flag("key");
  column.is_primary_key = members.flag("primary_key");
  return column;
}

}  // namespace

std::vector<Column> read_columns(Members& members, const char* key) {
  std::vector<Column> columns;
  simdjson::dom::array array;
  if (members.object()[key].get_array().get(array) != simdjson::SUCCESS) {
    members.fail(key);
    return columns;
  }
  for (const simdjson::dom::element column : array) {
    columns.push_back(column_of(members.of(column)));
  }
  return columns;
}

}  // namespace slotcast::sink
