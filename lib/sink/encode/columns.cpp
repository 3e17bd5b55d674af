#include "lib/sink/encode/columns.h"

#include "lib/change/types.h"
#include "lib/sink/encode/json_member.h"

namespace slotcast::sink {
namespace {

void put_labels(Buffer& out, const std::vector<std::string>& labels) {
  if (labels.empty()) return;
  out.append(",\"labels\":[");
  for (const std::string& label : labels) {
    if (&label != &labels.front()) out.append(',');
    append_any_text(out, label);
  }
  out.append(']');
}

// What the catalog said. Most columns are of a type that is its own base: its name says it then.
void put_reading(Buffer& out, const Column& column) {
  if (!column.words) return;
  put_member(out, ",\"type_name\":", column.words->name);
  if (column.base_oid != column.type_oid) put_number(out, ",\"base\":", column.base_oid);
  if (column.base_modifier != column.type_modifier) {
    put_number(out, ",\"base_modifier\":", column.base_modifier);
  }
  if (column.base_kind != 'b') put_letter(out, ",\"base_kind\":", column.base_kind);
  if (column.collation != Collation::None) {
    put_letter(out, ",\"collation\":", static_cast<char>(column.collation));
  }
  put_labels(out, column.words->enum_labels);
}

void put_column(Buffer& out, const Column& column) {
  put_member(out, "{\"name\":", column.name);
  put_number(out, ",\"type\":", column.type_oid);
  put_number(out, ",\"modifier\":", column.type_modifier);
  put_member(out, ",\"class\":", name_of(column.type_class));
  put_reading(out, column);
  if (column.is_key) out.append(",\"key\":true");
  if (column.is_primary_key) out.append(",\"primary_key\":true");
  out.append('}');
}

}  // namespace

void append_columns(Buffer& out, const Relation& relation) {
  out.append('[');
  for (const Column& column : relation.columns) {
    if (&column != &relation.columns.front()) out.append(',');
    put_column(out, column);
  }
  out.append(']');
}

}  // namespace slotcast::sink
