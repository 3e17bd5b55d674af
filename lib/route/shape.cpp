#include "lib/route/shape.h"

#include <algorithm>

namespace slotcast::route {

const std::vector<std::uint32_t>& Shape::filter_columns() const {
  static const std::vector<std::uint32_t> none;
  return where_ ? where_->columns() : none;
}

bool Shape::apply(const Change& change, Room& room, const Change*& becomes) const {
  becomes = nullptr;
  Side side = Side::In;
  switch (change.operation) {
    case Operation::Create:
    case Operation::Read:
      return apply_create(change, room, becomes);
    case Operation::Update:
      return apply_update(change, room, becomes);
    case Operation::Delete:
      if (!test(change, change.row, room, side)) side = Side::Unknown;
      return side == Side::Out || project(change, change.operation, change.row, room, becomes);
    case Operation::Truncate:
    case Operation::ResyncBegin:
    case Operation::ResyncEnd:
      return passes_none() || project(change, change.operation, {}, room, becomes);
    case Operation::Message:  // is led by no route
      break;
  }
  return true;
}

// Of this table nothing ever passes: a filter on a column that only another one has.
bool Shape::passes_none() const {
  if (!where_ || !where_->is_constant()) return false;
  static const Change none;
  sql::Frame frame;
  bool is_true = false;
  where_->test(frame, none, {}, is_true);
  return !is_true;
}

bool Shape::apply_create(const Change& change, Room& room, const Change*& becomes) const {
  Side side = Side::In;
  if (!test(change, change.row, room, side)) return false;
  if (side == Side::Unknown) {
    return room.frame().fail("55000",
                             "the filter needs a value that the server did not send; REPLICA "
                             "IDENTITY FULL makes it send it");
  }
  if (side == Side::Out) return true;
  if (!project(change, change.operation, change.row, room, becomes)) return false;
  if (!where_) return true;
  // No INSERT lacks a value: one that does was an UPDATE into the filter of the publication.
  if (change.old.empty()) return is_whole(*becomes, room);
  // A changed key: long values that stayed are with the row before, if that was in.
  Side was = Side::Unknown;
  if (where_->asks_metadata() || !test(change, change.old, room, was)) was = Side::Unknown;
  if (was == Side::In) return true;
  // Its delete did not come through: it is a row like any new one.
  Change& made = room.change();
  made = *becomes;
  made.old = {};
  becomes = &made;
  return is_whole(made, room);
}

bool Shape::apply_update(const Change& change, Room& room, const Change*& becomes) const {
  Side is = Side::In;
  if (!test(change, change.row, room, is)) return false;
  Side was = is;
  if (where_) was = old_side(change, is, room);
  if (is == Side::Unknown) {
    return room.frame().fail("55000",
                             "the filter needs a value that the server did not send; REPLICA "
                             "IDENTITY FULL makes it send it");
  }
  if (is == Side::In) {
    const Operation operation = was == Side::Out ? Operation::Create : Operation::Update;
    if (!project(change, operation, change.row, room, becomes)) return false;
    return was != Side::Unknown || is_whole(*becomes, room);
  }
  if (was == Side::Out) return true;
  if (is_full_ && !change.old.empty()) {
    return project(change, Operation::Delete, change.old, room, becomes);
  }
  // From a server such a row comes with the one before; not out of a stage's files.
  if (std::find(is_key_.begin(), is_key_.end(), true) == is_key_.end()) {
    return room.frame().fail("55000",
                             "the row leaves the filter, and the table has no key by which "
                             "it could be deleted");
  }
  return project(change, Operation::Delete, key_only(change.row, room), room, becomes);
}

bool Shape::test(const Change& change, Cells cells, Room& room, Side& side) const {
  side = Side::In;
  if (!where_) return true;
  bool is_true = false;
  const sql::Outcome outcome = where_->test(room.frame(), change, cells, is_true);
  side = is_true ? Side::In : Side::Out;
  if (outcome == sql::Outcome::Unchanged) side = Side::Unknown;
  return outcome != sql::Outcome::Failed;
}

Shape::Side Shape::old_side(const Change& change, Side is, Room& room) const {
  Side was = tells_old_ && !is_full_ ? is : Side::Unknown;
  if (!is_full_ || change.old.empty() || where_->asks_metadata()) return was;
  // A row that the filter could not judge was not delivered; one before it may have been.
  return test(change, change.old, room, was) ? was : Side::Unknown;
}

bool Shape::project(const Change& change, Operation operation, Cells from, Room& room,
                    const Change*& becomes) const {
  if (outputs_.empty() && operation == change.operation && from.data() == change.row.data()) {
    becomes = &change;
    return true;
  }
  Change& made = room.change();
  made = change;
  made.operation = operation;
  made.relation = relation_.get();
  made.row = from;
  // Of a row that enters, nothing was there before; of a changed key, what its delete was.
  const bool has_before = operation == Operation::Update || operation == change.operation;
  made.old = has_before ? change.old : Cells{};
  if (!outputs_.empty() && !from.empty()) {
    if (!project_cells(change, operation, from, room, made.row)) return false;
    // What the old row was delivered as, if it could be.
    const bool has_old = !made.old.empty();
    if (has_old && !project_cells(change, Operation::Delete, change.old, room, made.old)) {
      made.old = {};
    }
  }
  becomes = &made;
  return true;
}

bool Shape::project_cells(const Change& change, Operation operation, Cells from, Room& room,
                          Cells& to) const {
  Cell* const cells = room.cells(outputs_.size());
  Cell* cell = cells;
  for (const Output& output : outputs_) {
    if (!output.expression) {
      *cell++ = from[output.column];
      continue;
    }
    const sql::Outcome outcome =
        output.expression->evaluate_cell(room.frame(), change, from, *cell);
    if (outcome != sql::Outcome::Ok) {
      const auto index = static_cast<std::size_t>(cell - cells);
      if (!may_lack(outcome, operation, index, from, room)) return false;
      *cell = {nullptr, 0, Cell::Kind::Unchanged};
    }
    ++cell;
  }
  to = {cells, outputs_.size()};
  return true;
}

// A value that cannot be told: whether the row can do without.
bool Shape::may_lack(sql::Outcome outcome, Operation operation, std::size_t index, Cells from,
                     Room& room) const {
  // What a row was is of no matter to its deletion, but for its key.
  if (outcome == sql::Outcome::Failed) {
    return operation == Operation::Delete && !is_output_key(index);
  }
  return operation == Operation::Delete || !is_missing(outputs_[index], index, from, room);
}

// A value made only of values that did not change has not changed either; one that needs them and
// others cannot be told.
bool Shape::is_missing(const Output& output, std::size_t index, Cells from, Room& room) const {
  for (const std::uint32_t column : output.expression->columns()) {
    if (from[column].is_unchanged()) continue;
    room.frame().fail("55000", "column " + relation_->columns[index].name +
                                   " needs a value that the server did not send; REPLICA "
                                   "IDENTITY FULL makes it send it");
    return true;
  }
  return false;
}

bool Shape::is_output_key(std::size_t index) const {
  const Column& column = relation_->columns[index];
  return is_full_ && has_key_ ? column.is_primary_key : column.is_key;
}

// A row that may just have entered has to be there with all it has.
bool Shape::is_whole(const Change& change, Room& room) const {
  for (std::size_t i = 0; i < change.row.size(); ++i) {
    if (!change.row[i].is_unchanged()) continue;
    return room.frame().fail(
        "55000", "the row may have entered the filter, and the server did not send column " +
                     relation_->columns[i].name + "; REPLICA IDENTITY FULL makes it send it");
  }
  return true;
}

Cells Shape::key_only(Cells row, Room& room) const {
  Cell* cells = room.cells(row.size());
  for (std::size_t i = 0; i < row.size(); ++i) {
    cells[i] = row[i];
    if (!is_key_[i]) cells[i] = {nullptr, 0, Cell::Kind::Unchanged};
  }
  return {cells, row.size()};
}

}  // namespace slotcast::route
