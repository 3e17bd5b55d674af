#include "lib/branch/letter.h"

#include <algorithm>
#include <string>

#include "lib/branch/letter_key.h"
#include "lib/sink/encode/json_text.h"

namespace slotcast::branch {
namespace {

using sink::Buffer;

void put_text(Buffer& out, std::string_view text) {
  if (sink::append_json_string(out, text)) return;
  out.append("{\"hex\":\"");
  append_hex(out, text);
  out.append("\"}");
}

void put_member(Buffer& out, std::string_view before, std::string_view text) {
  out.append(before);
  put_text(out, text);
}

void put_letter(Buffer& out, std::string_view before, char letter) {
  put_member(out, before, std::string_view(&letter, 1));
}

void put_number(Buffer& out, std::string_view before, std::int64_t value) {
  out.append(before);
  out.append(std::to_string(value));
}

void put_labels(Buffer& out, const std::vector<std::string>& labels) {
  if (labels.empty()) return;
  out.append(",\"labels\":[");
  for (const std::string& label : labels) {
    if (&label != &labels.front()) out.append(',');
    put_text(out, label);
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

void put_table(Buffer& out, const Relation& relation) {
  put_member(out, ",\"table\":{\"schema\":", relation.schema);
  put_member(out, ",\"name\":", relation.table);
  put_number(out, ",\"oid\":", relation.id.oid);
  put_letter(out, ",\"identity\":", relation.replica_identity);
  if (relation.is_full_in_part) out.append(",\"full_in_part\":true");
  out.append(",\"columns\":[");
  for (const Column& column : relation.columns) {
    if (&column != &relation.columns.front()) out.append(',');
    put_column(out, column);
  }
  out.append("]}");
}

void put_cells(Buffer& out, std::string_view before, const Relation& relation, Cells cells) {
  if (cells.empty()) return;
  out.append(before);
  const LetterKeys keys(relation);
  bool is_first = true;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].is_unchanged()) continue;
    if (!is_first) out.append(',');
    is_first = false;
    sink::append_json_string(out, keys.key_of(relation.columns[i]));
    out.append(':');
    if (cells[i].is_null()) {
      out.append("null");
    } else {
      put_text(out, cells[i].text());
    }
  }
  out.append('}');
}

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

void append_line(const Letter& letter, Buffer& out) {
  const Change& change = *letter.change;
  const auto at = pg_time_from_unix(letter.at.time_since_epoch().count());
  put_member(out, "{\"at\":", to_iso8601(at));
  out.append(",\"batch\":" + std::to_string(letter.batch));
  put_member(out, ",\"lsn\":", to_string(change.id.commit_lsn));
  out.append(",\"seq\":" + std::to_string(change.id.ordinal));
  put_member(out, ",\"ts\":", to_iso8601(change.commit_time));
  put_number(out, ",\"xid\":", change.xid);
  put_letter(out, ",\"op\":", static_cast<char>(change.operation));
  put_table(out, *change.relation);
  put_member(out, ",\"route\":", letter.route);
  put_member(out, ",\"target\":", letter.target);
  put_member(out, ",\"sqlstate\":", letter.sqlstate);
  put_member(out, ",\"error\":", letter.error);
  put_cells(out, ",\"row\":{", *change.relation, change.row);
  put_cells(out, ",\"old\":{", *change.relation, change.old);
  out.append("}\n");
}

}  // namespace slotcast::branch
