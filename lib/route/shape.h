#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "lib/change/change.h"
#include "lib/route/room.h"
#include "lib/route/shaping.h"
#include "lib/sql/expression.h"

// What a route makes of the changes of one relation: which of them pass, and what their rows look
// like then. An UPDATE across the filter becomes what it is on the other side:
//
//     old row   new row      becomes
//     in        in           UPDATE
//     out       in           INSERT
//     in        out          DELETE
//     unknown   in           UPDATE, to be applied as an upsert
//     unknown   out          DELETE of the key: harmless where there is no such row
//
// The old row is known with REPLICA IDENTITY FULL, and where the filter asks for key columns only:
// the decoder has made DELETE and INSERT of an UPDATE that changes the key. A filter on metadata
// does not know it: the old row had its own.

namespace slotcast::route {

// Immutable. Threads: any, each with a Room of its own.
class Shape {
 public:
  struct Made {
    std::shared_ptr<const Shape> shape;  // null when there are mistakes
    // Invalid, with the place in the configuration: what does not fit the relation, of `where` and
    // of each item of `select`.
    std::vector<Error> mistakes;
  };
  // `scope`: of the relation, with the columns that only other tables of the route have.
  static Made make(std::shared_ptr<const Shaping> shaping, const Relation& relation,
                   const sql::Scope& scope);

  // What `change` becomes: a change in the room, `change` itself, or null for nothing. False when
  // it cannot be told: room.frame() has the SQLSTATE and the message.
  bool apply(const Change& change, Room& room, const Change*& becomes) const;

  // Of the rows that come out. Its key stands for the source's, but for what lost_key() names.
  const Relation& relation() const { return *relation_; }
  // Columns of the source's key that are not among the columns, neither as they are nor cast
  // without loss; in words, empty: none.
  const std::string& lost_key() const { return lost_key_; }
  // Columns of the source that the filter asks, and that the select list needs; ascending.
  const std::vector<std::uint32_t>& filter_columns() const;
  const std::vector<std::uint32_t>& row_columns() const { return row_columns_; }
  // Columns that a select expression takes together with others, and where it names them: one that
  // was not sent leaves the value untold.
  struct Mixed {
    std::uint32_t column = 0;
    std::uint32_t offset = 0;  // in the text of the select list
  };
  const std::vector<Mixed>& mixed_columns() const { return mixed_columns_; }
  // A row that enters cannot be told from one that was in before.
  bool may_enter_unseen() const { return where_ && !tells_old_; }

 private:
  struct Output {
    std::optional<sql::Expression> expression;  // nothing: the source's column as it is
    std::uint32_t column = 0;
    const sql::Syntax* syntax = nullptr;  // of the expression: in shaping_
  };
  enum class Side { Out, In, Unknown };

  Status add_where(const Relation& relation, const sql::Scope& scope);
  void add_select(const Relation& relation, const sql::Scope& scope, std::vector<Error>& mistakes);
  Status add_item(const Relation& relation, const sql::Scope& scope, const sql::SelectItem& item);
  void put(Column column, Output output);
  bool has_column(const std::string& name) const;
  void find_key(const Relation& relation);
  void note_columns(const Relation& relation);
  bool test(const Change& change, Cells cells, Room& room, Side& side) const;
  Side old_side(const Change& change, Side is, Room& room) const;
  bool apply_create(const Change& change, Room& room, const Change*& becomes) const;
  bool apply_update(const Change& change, Room& room, const Change*& becomes) const;
  bool project(const Change& change, Operation operation, Cells from, Room& room,
               const Change*& becomes) const;
  bool project_cells(const Change& change, Operation operation, Cells from, Room& room,
                     Cells& to) const;
  bool may_lack(sql::Outcome outcome, Operation operation, std::size_t index, Cells from,
                Room& room) const;
  bool is_missing(const Output& output, std::size_t index, Cells from, Room& room) const;
  bool is_whole(const Change& change, Room& room) const;
  bool passes_none() const;
  bool is_output_key(std::size_t index) const;
  Cells key_only(Cells row, Room& room) const;

  std::shared_ptr<const Shaping> shaping_;
  std::optional<sql::Expression> where_;
  std::vector<Output> outputs_;  // empty: the row as it is
  RelationPtr relation_;
  std::vector<Column> columns_;  // of relation_, while it is made
  std::vector<std::uint32_t> row_columns_;
  std::vector<Mixed> mixed_columns_;
  std::vector<bool> is_key_;  // of the source's columns
  bool has_key_ = false;
  std::string lost_key_;
  bool is_full_ = false;
  bool tells_old_ = false;
};

}  // namespace slotcast::route
