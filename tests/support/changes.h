#pragma once

#include <deque>
#include <initializer_list>
#include <string>
#include <vector>

#include "lib/change/change.h"

namespace slotcast::test {

// A cell as a test writes it down: text, or one of the two marks.
struct Value {
  Value(const char* text) : text(text) {}             // NOLINT: implicit, for lists of values
  Value(std::string text) : text(std::move(text)) {}  // NOLINT
  explicit Value(Cell::Kind kind) : kind(kind) {}

  std::string text;
  Cell::Kind kind = Cell::Kind::Text;
};
inline const Value kNull{Cell::Kind::Null};
inline const Value kUnchanged{Cell::Kind::Unchanged};

struct ColumnOf {
  std::string name;
  TypeClass type_class = TypeClass::Text;
  bool is_key = false;
};

// A relation with a version of its own.
Relation make_relation(const std::string& schema, const std::string& table,
                       const std::vector<ColumnOf>& columns, char replica_identity = 'd');

// Owns all that a Change points to. The relations must outlive it.
class Changes {
 public:
  // The next change of the transaction; ordinals count from 1.
  const Change& add(Operation operation, const Relation& relation,
                    std::initializer_list<Value> row);
  const Change& add(Operation operation, const Relation& relation, const std::vector<Value>& row);
  void begin_transaction(Lsn commit_lsn, PgTime commit_time);

  const std::deque<Change>& all() const { return changes_; }

 private:
  Lsn commit_lsn_{0x16B3748};
  PgTime commit_time_;
  std::uint64_t ordinal_ = 0;
  std::deque<std::string> texts_;
  std::deque<std::vector<Cell>> cells_;
  std::deque<Change> changes_;
};

}  // namespace slotcast::test
