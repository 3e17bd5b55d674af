#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "lib/change/change.h"

namespace slotcast::kafka {

// The events of the transaction that is open, counted as Debezium counts them: in all, and by
// table.
// Threads: one.
class Transactions {
 public:
  struct Table {
    std::uint32_t oid = 0;
    std::string name;
    std::uint64_t events = 0;
  };

  // "741:24023128": its number, and where it committed.
  const std::string& id() const { return open_.id; }
  PgTime time() const { return open_.time; }
  std::uint64_t events() const { return open_.events; }
  bool is_open() const { return open_.is_open; }
  bool is_of(const Change& change) const {
    return open_.is_open && open_.lsn == change.id.commit_lsn && open_.xid == change.xid;
  }
  // In the order in which they had their first event. One whose events were all taken back is still
  // there, with none.
  std::size_t tables() const { return open_.count; }
  const Table& table(std::size_t index) const { return open_.tables[index]; }

  // A transaction begins; the one before is remembered until the next call.
  void begin(const Change& change);
  // As if begin() had not been called.
  void undo_begin() { std::swap(open_, before_); }
  void end() { open_.is_open = false; }

  // The number of the next event in the transaction, and among those of its table; from 1.
  struct Order {
    std::uint64_t total = 0;
    std::uint64_t in_table = 0;
  };
  Order count(const Relation& relation);
  // The last ones of the table were not written after all.
  void uncount(const Relation& relation, std::uint64_t events);

 private:
  struct State {
    bool is_open = false;
    Lsn lsn;
    std::uint32_t xid = 0;
    PgTime time;
    std::string id;
    std::uint64_t events = 0;
    // Kept for the next transaction, so that names need no memory of their own each time.
    std::vector<Table> tables;
    std::size_t count = 0;
    std::size_t last = 0;
  };

  Table& find(const Relation& relation);

  State open_;
  State before_;
};

}  // namespace slotcast::kafka
