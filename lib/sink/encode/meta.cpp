#include "lib/sink/encode/meta.h"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace slotcast::sink {
namespace {

constexpr std::string_view kNames[] = {"_op", "_lsn", "_seq", "_ts", "_xid", "_unchanged"};
// Of any value but that of `_unchanged`.
constexpr std::size_t kValueBytesMax = kIso8601Length;

bool differs_by_row(Meta meta) {
  return meta == Meta::Op || meta == Meta::Seq || meta == Meta::Unchanged;
}

char* put_hex(char* at, std::uint64_t number) {
  char digits[16];
  std::size_t count = 0;
  for (; count == 0 || number != 0; number >>= 4) digits[count++] = "0123456789ABCDEF"[number & 15];
  while (count != 0) *at++ = digits[--count];
  return at;
}

}  // namespace

std::string_view name_of(Meta meta) {
  return kNames[static_cast<std::size_t>(meta)];
}

MetaColumns read_meta(const std::vector<std::string>& names, Mistakes& mistakes) {
  MetaColumns columns;
  for (const std::string& name : names) {
    const auto* const found = std::find(std::begin(kNames), std::end(kNames), name);
    if (found == std::end(kNames)) {
      mistakes.emplace_back("meta", invalid("there is no column " + name +
                                            "; there are _op, _lsn, _seq, _ts, _xid and, in CSV, "
                                            "_unchanged"));
      continue;
    }
    const auto meta = static_cast<Meta>(found - std::begin(kNames));
    if (has(columns, meta)) {
      mistakes.emplace_back("meta", invalid(name + " is there twice"));
      continue;
    }
    columns.push_back(meta);
  }
  return columns;
}

bool has(const MetaColumns& columns, Meta meta) {
  return std::find(columns.begin(), columns.end(), meta) != columns.end();
}

const Column* clash_of(const Relation& relation, const MetaColumns& columns) {
  for (const Column& column : relation.columns) {
    for (const Meta meta : columns) {
      if (column.name == name_of(meta)) return &column;
    }
  }
  return nullptr;
}

Error clash_error(const Relation& relation, const Column& column) {
  return invalid(relation.full_name() + ": column " + column.name +
                 " has the name of a column that slotcast adds: leave that one out of the sink's "
                 "meta, or give the table's another name in the route's select");
}

MetaTail::MetaTail(const MetaColumns& columns, const std::vector<Around>& around,
                   const std::string& end)
    : columns_(columns), around_(around), end_(end) {
  bytes_max_ = end.size() + kPutSlack;
  for (const Around& one : around) {
    bytes_max_ += one.before.size() + kValueBytesMax + one.after.size();
  }
}

char* MetaTail::put_number(char* at, std::uint64_t number) {
  return std::to_chars(at, at + 20, number).ptr;
}

void MetaTail::append_value(Meta meta) {
  char* const at = text_.reserve(kValueBytesMax + 1);
  if (meta == Meta::Lsn) {
    char* const slash = put_hex(at, lsn_.value >> 32);
    *slash = '/';
    text_.advance(put_hex(slash + 1, lsn_.value & 0xFFFFFFFFu));
  } else if (meta == Meta::Ts) {
    write_iso8601(time_, at);
    text_.advance(at + kIso8601Length);
  } else {
    text_.advance(put_number(at, xid_));
  }
}

void MetaTail::note_transaction(const Change& change) {
  lsn_ = change.id.commit_lsn;
  time_ = change.commit_time;
  xid_ = change.xid;
  text_.clear();
  slots_.clear();
  const auto end_piece = [this] {
    if (slots_.empty()) {
      first_size_ = text_.size();
    } else {
      slots_.back().text_size = text_.size() - slots_.back().text_at;
    }
  };
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    text_.append(around_[i].before);
    if (differs_by_row(columns_[i])) {
      end_piece();
      slots_.push_back({columns_[i], text_.size(), 0});
    } else {
      append_value(columns_[i]);
    }
    text_.append(around_[i].after);
  }
  text_.append(end_);
  end_piece();
  text_.reserve(kPutSlack);
}

}  // namespace slotcast::sink
