#include "lib/branch/letter.h"

#include <algorithm>
#include <string>

#include "lib/branch/letter_key.h"
#include "lib/sink/encode/columns.h"
#include "lib/sink/encode/json_member.h"
#include "lib/sink/encode/json_text.h"

namespace slotcast::branch {
namespace {

using sink::Buffer;
using sink::put_letter;
using sink::put_member;
using sink::put_number;

void put_table(Buffer& out, const Relation& relation) {
  put_member(out, ",\"table\":{\"schema\":", relation.schema);
  put_member(out, ",\"name\":", relation.table);
  put_number(out, ",\"oid\":", relation.id.oid);
  put_letter(out, ",\"identity\":", relation.replica_identity);
  if (relation.is_full_in_part) out.append(",\"full_in_part\":true");
  out.append(",\"columns\":");
  sink::append_columns(out, relation);
  out.append('}');
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
      sink::append_any_text(out, cells[i].text());
    }
  }
  out.append('}');
}

}  // namespace

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
