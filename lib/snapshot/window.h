#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lib/change/change.h"

namespace slotcast::snapshot {

// The key of a row, as text: what tells its versions apart. By the table's replica identity, or its
// primary key where that is the whole row.
using Key = std::vector<std::string>;

// The columns of `relation` that make its rows' key; none when it has no key.
std::vector<std::size_t> key_columns(const Relation& relation);

// A chunk of a table, and the changes that the stream has between the marker set before it was read
// and the one set behind: what of the chunk still holds at the second marker.
//
// A row that changed in between comes through the stream and gives way, unless the stream left out
// a long value that did not change: then the row is completed from the chunk, and stays. The chunk
// is the table as its snapshot saw it: changes that it saw are in its rows, the others are made to
// them.
// Pure. Threads: one.
class Window {
 public:
  // Rows from now on are as wide as `relation`, which must have a key.
  void begin(Relation relation);
  // A row of the chunk, as an Insert message.
  void add_row(std::vector<std::byte> message);
  Key last_key() const { return last_; }
  std::size_t row_count() const { return rows_.size(); }

  // A change of the table; in their order, and between two chunks as well. `is_seen`: by the
  // chunk's snapshot. False when its columns are not the chunk's: that has to be read again.
  bool take(const Change& change, bool is_seen);

  // What is left, as Insert messages, in the order of the keys' texts. The chunk is over.
  std::vector<std::vector<std::byte>> end();
  // The chunk is over and its rows count for nothing: unknown is what was so before it, and what
  // only it could tell.
  void discard(const std::set<Key>& unknown_before);

  // Rows that got another key, of which a value is not known: to be read by their key.
  const std::set<Key>& unknown() const { return unknown_; }
  void set_unknown(std::set<Key> keys) { unknown_ = std::move(keys); }

 private:
  using Rows = std::map<Key, std::vector<std::byte>>;  // messages

  void take_seen(const Change& change, const Key& key);
  void take_unseen(const Change& change, const Key& key);
  std::vector<std::byte> filled(const Change& change, const std::vector<std::byte>& base) const;

  Relation relation_;
  std::vector<std::size_t> key_;
  Rows rows_;
  Key last_;
  std::set<Key> moved_in_;  // rows that got their key in this window, of which a value came from it
  Rows::node_type moved_;   // the row deleted last: a change of its key may follow
  std::set<Key> unknown_;
};

}  // namespace slotcast::snapshot
