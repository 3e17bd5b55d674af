#pragma once

#include <map>
#include <set>
#include <string>

#include "lib/io/file.h"
#include "lib/pg/publication_table.h"

namespace slotcast::capture {

// What was asked of the publications, by PublishedTable::name(), in the state file "pushdown": the
// server prints a filter in words of its own, and does not say who changed it. Threads: one.
class NarrowingMemory {
 public:
  struct Known {
    pg::Narrowing asked;  // as the routes wanted it
    pg::Narrowing got;    // as the server printed it afterwards
    std::string clauses;  // of the routes, as a checksum
    bool operator==(const Known&) const = default;
  };

  explicit NarrowingMemory(io::Directory& state) : state_(state) {}

  // Once. Corrupt when it cannot be read.
  Status load();
  bool is_empty() const { return tables_.empty(); }
  // Null when nothing was asked.
  const Known* find(const std::string& name) const;
  // Durable when they return.
  Status remember(const std::string& name, const Known& known);
  Status forget(const std::string& name);
  Status keep_only(const std::set<std::string>& names);

 private:
  Status write() const;

  io::Directory& state_;
  bool is_loaded_ = false;
  std::map<std::string, Known> tables_;
};

}  // namespace slotcast::capture
