#include "lib/snapshot/window.h"

#include <algorithm>
#include <utility>

#include "lib/base/ensure.h"
#include "lib/pgoutput/encode.h"
#include "lib/pgoutput/message.h"

namespace slotcast::snapshot {
namespace {

bool same_columns(const Relation& a, const Relation& b) {
  return std::equal(a.columns.begin(), a.columns.end(), b.columns.begin(), b.columns.end(),
                    [](const Column& x, const Column& y) {
                      return x.name == y.name && x.type_oid == y.type_oid;
                    });
}

// The cells of an Insert message, which they point into.
Cells parse(const std::vector<std::byte>& message, pgoutput::CellArena& arena) {
  pgoutput::RowMessage row;
  ENSURE(pgoutput::parse_row(message, pgoutput::Framing::Whole, arena, row));
  return {arena.data() + row.new_at, row.new_count};
}

bool is_whole(Cells row) {
  return std::none_of(row.begin(), row.end(), [](const Cell& cell) { return cell.is_unchanged(); });
}

Key key_of(Cells cells, const std::vector<std::size_t>& columns) {
  Key key;
  for (const std::size_t column : columns) key.emplace_back(cells[column].text());
  return key;
}

}  // namespace

std::vector<std::size_t> key_columns(const Relation& relation) {
  std::vector<std::size_t> key;
  for (std::size_t i = 0; i < relation.columns.size(); ++i) {
    const Column& column = relation.columns[i];
    const bool by_identity = relation.replica_identity == 'd' || relation.replica_identity == 'i';
    if (by_identity ? column.is_key : column.is_primary_key) key.push_back(i);
  }
  return key;
}

void Window::begin(Relation relation) {
  relation_ = std::move(relation);
  moved_ = {};
  key_ = key_columns(relation_);
  ENSURE(!key_.empty());
  rows_.clear();
  moved_in_.clear();
}

void Window::add_row(std::vector<std::byte> message) {
  pgoutput::CellArena arena(relation_.columns.size());
  last_ = key_of(parse(message, arena), key_);
  unknown_.erase(last_);
  rows_[last_] = std::move(message);
}

// The change's row, its unchanged cells from `base`.
std::vector<std::byte> Window::filled(const Change& change,
                                      const std::vector<std::byte>& base) const {
  pgoutput::CellArena arena(relation_.columns.size());
  const Cells before = parse(base, arena);
  std::vector<Cell> cells(change.row.begin(), change.row.end());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].is_unchanged()) cells[i] = before[i];
  }
  std::vector<std::byte> message;
  pgoutput::append_insert(relation_.id, cells, message);
  return message;
}

bool Window::take(const Change& change, bool is_seen) {
  if (change.operation == Operation::Truncate) {
    if (!is_seen) rows_.clear();
    unknown_.clear();
    return true;
  }
  if (!rows_.empty() && !same_columns(*change.relation, relation_)) return false;
  const auto key_at = key_columns(*change.relation);
  const bool has_key = std::none_of(key_at.begin(), key_at.end(), [&](std::size_t column) {
    return column >= change.row.size() || change.row[column].is_unchanged();
  });
  // A row whose key the server does not tell may be any of the chunk's.
  if (!has_key) return rows_.empty() || is_seen;
  const Key key = key_of(change.row, key_at);
  const bool has_all = change.operation == Operation::Delete || is_whole(change.row);
  if (has_all) unknown_.erase(key);
  is_seen ? take_seen(change, key) : take_unseen(change, key);
  return true;
}

// The chunk's row is that of this change or of a later one.
void Window::take_seen(const Change& change, const Key& key) {
  if (change.operation == Operation::Delete) return;
  if (is_whole(change.row)) {
    rows_.erase(key);
  } else if (change.operation == Operation::Create && rows_.count(key) == 0) {
    unknown_.insert(key);
  }
}

void Window::take_unseen(const Change& change, const Key& key) {
  if (change.operation == Operation::Delete) {
    moved_ = rows_.extract(key);
    return;
  }
  const auto moved = std::exchange(moved_, {});
  if (is_whole(change.row)) {
    rows_.erase(key);
  } else if (change.operation == Operation::Update) {
    const auto found = rows_.find(key);
    if (found != rows_.end()) found->second = filled(change, found->second);
  } else if (!moved.empty() && moved.key() == key_of(change.old, key_columns(*change.relation))) {
    // A Create with an old key is the second half of an update that changed the key.
    rows_[key] = filled(change, moved.mapped());
    moved_in_.insert(key);
  } else {
    unknown_.insert(key);
  }
}

std::vector<std::vector<std::byte>> Window::end() {
  std::vector<std::vector<std::byte>> messages;
  for (auto& [key, message] : rows_) messages.push_back(std::move(message));
  rows_.clear();
  moved_ = {};
  return messages;
}

void Window::discard(const std::set<Key>& unknown_before) {
  unknown_.insert(unknown_before.begin(), unknown_before.end());
  unknown_.insert(moved_in_.begin(), moved_in_.end());
  end();
}

}  // namespace slotcast::snapshot
