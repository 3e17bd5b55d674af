#include "lib/change/messages.h"

namespace slotcast {
namespace {

// Of pg_type.dat.
constexpr std::uint32_t kText = 25;
constexpr std::uint32_t kBytea = 17;

Column column_of(const char* name, std::uint32_t type, const char* type_name) {
  Column column;
  column.name = name;
  column.type_oid = column.base_oid = type;
  column.words = std::make_shared<const TypeWords>(TypeWords{type_name, {}});
  return column;
}

}  // namespace

const Relation& message_relation() {
  static const Relation relation = [] {
    Relation made;
    made.version = next_relation_version();
    made.replica_identity = 'n';
    made.columns = {column_of("prefix", kText, "text"), column_of("content", kBytea, "bytea")};
    return made;
  }();
  return relation;
}

}  // namespace slotcast
