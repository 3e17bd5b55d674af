#include "connectors/kafka/format/avro_row.h"

#include "connectors/kafka/format/avro_bytes.h"
#include "connectors/kafka/format/avro_value.h"
#include "connectors/kafka/format/fault.h"

namespace slotcast::kafka {
namespace {

using sink::Buffer;

Error unsent_error(const Column& column, const char* why) {
  return rejected("the server did not send column " + column.name + ", " + why +
                  "; REPLICA IDENTITY FULL makes it send it");
}

}  // namespace

Status AvroRows::append_field(Buffer& out, const Plan::Field& field, const Column& column,
                              const Cell& cell) {
  if (!field.is_never_null) {
    if (cell.is_null()) {
      append_null(out);
      return {};
    }
    append_something(out);
  } else if (cell.is_null()) {
    return rejected("column " + column.name + " holds NULL, though it is part of a key");
  }
  if (append_avro_value(out, field.type, cell.text(), scratch_)) return {};
  return rejected("column " + column.name + " holds " +
                  find_fault(field.type, cell.text(), fits_avro));
}

Status AvroRows::append_row(Buffer& out, const Plan& plan, const Relation& relation, Cells cells,
                            Unsent unsent) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Plan::Field& field = plan.fields[i];
    const Column& column = relation.columns[i];
    if (!cells[i].is_unchanged()) {
      TRY(append_field(out, field, column, cells[i]));
    } else if (field.is_never_null) {
      return unsent_error(column, "which is part of a key");
    } else if (unsent == Unsent::Omitted) {
      append_null(out);
    } else if (field.marker.size != 0) {
      out.append(plan.fragment(field.marker));
    } else {
      return unsent_error(column, "and no value of its type can stand for that");
    }
  }
  return {};
}

Status AvroRows::append_key(Buffer& out, const Plan& plan, const Relation& relation, Cells cells) {
  for (const std::uint32_t i : plan.key) {
    const Column& column = relation.columns[i];
    if (cells[i].is_unchanged()) return unsent_error(column, "which is part of the message's key");
    TRY(append_field(out, plan.fields[i], column, cells[i]));
  }
  return {};
}

}  // namespace slotcast::kafka
