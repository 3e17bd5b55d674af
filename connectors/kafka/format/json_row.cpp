#include "connectors/kafka/format/json_row.h"

#include <algorithm>

#include "connectors/kafka/format/fault.h"

namespace slotcast::kafka {
namespace {

using sink::Buffer;
using sink::put_padded;

// Rows up to this size are written in one go, with room made for the worst case; larger ones
// column by column.
constexpr std::size_t kSmallRowBytes = 4 * 1024;

std::size_t text_bytes_of(Cells cells) {
  std::size_t bytes = 0;
  for (const Cell& cell : cells) bytes += cell.size;
  return bytes;
}

Error bad_cell(const Column& column, const std::string& what) {
  return rejected("column " + column.name + " holds " + what);
}

}  // namespace

void JsonRows::append_member(Buffer& out, const Plan& plan, const Plan::Field& field,
                             const Cell& cell, unsigned& flags) {
  out.append(plan.fragment(field.name));
  if (cell.is_null()) {
    out.append("null");
  } else {
    append_json_value(out, field.type, cell.text(), scratch_, flags);
  }
}

void JsonRows::append_cells(Buffer& out, const Plan& plan, Cells cells, Unsent unsent,
                            unsigned& flags) {
  const std::size_t text_bytes = text_bytes_of(cells);
  const bool is_small = text_bytes <= kSmallRowBytes;
  const std::size_t room = plan.room + (is_small ? text_bytes * sink::kJsonEscapedMax : 0);
  char* at = out.reserve(room);
  const char* const text = plan.text.data();
  const Plan::Field* field = plan.fields.data();
  for (const Cell& cell : cells) {
    if (cell.is_unchanged()) {
      if (unsent == Unsent::Marked && field->marker.size != 0) {
        at = put_padded(at, text + field->name.at, field->name.size);
        at = put_padded(at, text + field->marker.at, field->marker.size);
      }
    } else if (is_small && !is_appended(field->type.encoding)) {
      at = put_padded(at, text + field->name.at, field->name.size);
      at = cell.is_null() ? sink::put_exactly(at, "null")
                          : put_json_value(at, field->type, cell.text(), scratch_, flags);
    } else {
      out.advance(at);
      append_member(out, plan, *field, cell, flags);
      at = out.reserve(room);
    }
    ++field;
  }
  *at++ = '}';
  out.advance(at);
}

// Every member begins with a comma; the first one opens the object instead.
Status JsonRows::append_row(Buffer& out, const Plan& plan, const Relation& relation, Cells cells,
                            Unsent unsent) {
  const std::size_t start = out.size();
  unsigned flags = 0;
  append_cells(out, plan, cells, unsent, flags);
  if (out.size() == start + 1) {
    out.truncate(start);
    out.append("{}");
  } else {
    out.at(start) = '{';
  }
  return flags == 0 ? Status() : check(flags, plan, relation, cells);
}

Status JsonRows::append_key(Buffer& out, const Plan& plan, const Relation& relation, Cells cells) {
  const std::size_t start = out.size();
  unsigned flags = 0;
  for (const std::uint32_t i : plan.key) {
    if (cells[i].is_unchanged()) {
      return rejected("the server did not send column " + relation.columns[i].name +
                      ", which is part of the message's key; REPLICA IDENTITY FULL makes it send "
                      "it");
    }
    append_member(out, plan, plan.fields[i], cells[i], flags);
  }
  out.at(start) = '{';
  out.append('}');
  return flags == 0 ? Status() : check(flags, plan, relation, cells);
}

Status JsonRows::check(unsigned flags, const Plan& plan, const Relation& relation, Cells cells) {
  const bool is_valid =
      (flags & kHasNoPlace) == 0 && std::all_of(cells.begin(), cells.end(), [](const Cell& cell) {
        return cell.kind != Cell::Kind::Text || sink::is_valid_utf8(cell.text());
      });
  if (is_valid) return {};
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].kind != Cell::Kind::Text) continue;
    const std::string fault = find_fault(plan.fields[i].type, cells[i].text(), fits_json);
    if (!fault.empty()) return bad_cell(relation.columns[i], fault);
  }
  return {};
}

}  // namespace slotcast::kafka
