#include "lib/sink/encode/json_row.h"

#include <charconv>
#include <cstdio>

#include "lib/sink/encode/json_text.h"

namespace slotcast::sink {
namespace {

// Rows up to this size are written in one go, with room made for the worst case; larger ones
// column by column.
constexpr std::size_t kSmallRowBytes = 4 * 1024;
constexpr std::size_t kMetaBytesMax = 160;
constexpr std::size_t kSlack = kJsonSlack;
// Far above the tables of one source; reached only when their definitions keep changing.
constexpr std::size_t kRelationsMax = 20'000;

bool is_meta_name(std::string_view name) {
  return name == "_op" || name == "_lsn" || name == "_seq" || name == "_ts";
}

// PostgreSQL prints numbers as JSON wants them, but for NaN and the infinities.
bool is_plain_number(std::string_view text) {
  const char last = text.empty() ? 'x' : text.back();
  return last >= '0' && last <= '9';
}

// Copies in steps of 16 bytes: both sides have that many to spare.
char* put_padded(char* at, const char* from, std::size_t size) {
  for (std::size_t done = 0; done < size; done += 16) std::memcpy(at + done, from + done, 16);
  return at + size;
}

// Copies exactly; most numbers are short.
char* put_exactly(char* at, std::string_view text) {
  const std::size_t size = text.size();
  const char* from = text.data();
  if (size > 16) {
    std::memcpy(at, from, size);
  } else if (size >= 8) {
    std::memcpy(at, from, 8);
    std::memcpy(at + size - 8, from + size - 8, 8);
  } else if (size >= 4) {
    std::memcpy(at, from, 4);
    std::memcpy(at + size - 4, from + size - 4, 4);
  } else {
    for (std::size_t i = 0; i < size; ++i) at[i] = from[i];
  }
  return at + size;
}

char* put_cell(char* at, TypeClass type_class, const Cell& cell, unsigned& high) {
  if (cell.is_null()) return put_exactly(at, "null");
  const std::string_view text = cell.text();
  switch (type_class) {
    case TypeClass::Boolean:
      return put_exactly(at, text == "t" ? "true" : "false");
    case TypeClass::Integer:
      return put_exactly(at, text);
    case TypeClass::Decimal:
    case TypeClass::Float:
      return is_plain_number(text) ? put_exactly(at, text) : write_json_string(at, text, high);
    case TypeClass::Json:
      return write_json_value(at, text, high);
    case TypeClass::Text:
      return write_json_string(at, text, high);
  }
  return at;
}

bool append_cell(Buffer& out, TypeClass type_class, const Cell& cell) {
  if (!cell.is_null()) {
    if (type_class == TypeClass::Json) return append_json_value(out, cell.text());
    const bool is_number = type_class == TypeClass::Integer ||
                           ((type_class == TypeClass::Decimal || type_class == TypeClass::Float) &&
                            is_plain_number(cell.text()));
    if (is_number) {
      out.append(cell.text());
      return true;
    }
    if (type_class != TypeClass::Boolean) return append_json_string(out, cell.text());
  }
  unsigned high = 0;
  out.advance(put_cell(out.reserve(kSlack), type_class, cell, high));
  return true;
}

Error not_utf8(const Change& change, const Column& column) {
  return rejected(change.relation->full_name() + ": column " + column.name +
                  " holds text that is not valid UTF-8, at " + to_string(change.id.commit_lsn) +
                  " change " + std::to_string(change.id.ordinal));
}

Status check_utf8(const Change& change) {
  for (std::size_t i = 0; i < change.row.size(); ++i) {
    const Cell& cell = change.row[i];
    if (cell.kind == Cell::Kind::Text && !is_valid_utf8(cell.text())) {
      return not_utf8(change, change.relation->columns[i]);
    }
  }
  return {};
}

}  // namespace

const JsonRowEncoder::Keys& JsonRowEncoder::keys_of(const Relation& relation) {
  if (relation.version == last_version_ && last_keys_ != nullptr) return *last_keys_;
  if (keys_.size() >= kRelationsMax) keys_.clear();
  const auto [found, is_new] = keys_.try_emplace(relation.version);
  Keys& keys = found->second;
  if (is_new) {
    Buffer fragments;
    for (const Column& column : relation.columns) {
      Key key;
      key.at = static_cast<std::uint32_t>(fragments.size());
      fragments.append(',');
      // A name that is not valid UTF-8 cannot come from a session with client_encoding UTF8.
      if (!append_json_string(fragments, column.name)) fragments.append("\"?\"");
      fragments.append(':');
      key.size = static_cast<std::uint32_t>(fragments.size()) - key.at;
      key.type_class = column.type_class;
      keys.columns.push_back(key);
      if (is_meta_name(column.name)) keys.clash = column.name;
    }
    keys.text = std::string(fragments.text()) + std::string(kSlack, ' ');
  }
  last_version_ = relation.version;
  last_keys_ = &keys;
  return keys;
}

void JsonRowEncoder::append_row(const Change& change, const Keys& keys, std::size_t text_bytes,
                                Buffer& out, unsigned& high) {
  const std::size_t columns = change.row.size();
  char* const start = out.reserve(keys.text.size() + text_bytes * kJsonEscapedMax + columns * 8 +
                                  kMetaBytesMax + kSlack);
  char* at = start;
  const Key* key = keys.columns.data();
  for (const Cell& cell : change.row) {
    if (!cell.is_unchanged()) {
      at = put_padded(at, keys.text.data() + key->at, key->size);
      at = put_cell(at, key->type_class, cell, high);
    }
    ++key;
  }
  at = write_meta(change, at);
  *start = '{';  // every fragment begins with a comma; the first one opens the object instead
  out.advance(at);
}

Status JsonRowEncoder::append_large_row(const Change& change, const Keys& keys, Buffer& out) {
  const std::size_t start = out.size();
  for (std::size_t i = 0; i < change.row.size(); ++i) {
    const Key& key = keys.columns[i];
    const Cell& cell = change.row[i];
    if (cell.is_unchanged()) continue;
    out.append(std::string_view(keys.text).substr(key.at, key.size));
    if (!append_cell(out, key.type_class, cell)) {
      out.truncate(start);
      return not_utf8(change, change.relation->columns[i]);
    }
  }
  out.advance(write_meta(change, out.reserve(kMetaBytesMax + kSlack)));
  out.at(start) = '{';
  return {};
}

void JsonRowEncoder::note_transaction(const Change& change) {
  meta_.lsn = change.id.commit_lsn;
  meta_.time = change.commit_time;
  const int size =
      std::snprintf(meta_.before_seq, sizeof meta_.before_seq,
                    "\",\"_lsn\":\"%X/%X\",\"_seq\":", static_cast<unsigned>(meta_.lsn.value >> 32),
                    static_cast<unsigned>(meta_.lsn.value & 0xFFFFFFFFu));
  meta_.before_seq_size = static_cast<std::size_t>(size);
  constexpr std::string_view kBefore = ",\"_ts\":\"";
  constexpr std::string_view kAfter = "\"}\n";
  char* at = meta_.after_seq;
  std::memcpy(at, kBefore.data(), kBefore.size());
  write_iso8601(meta_.time, at + kBefore.size());
  std::memcpy(at + kBefore.size() + kIso8601Length, kAfter.data(), kAfter.size());
  meta_.after_seq_size = kBefore.size() + kIso8601Length + kAfter.size();
}

char* JsonRowEncoder::write_meta(const Change& change, char* at) {
  const bool same = change.id.commit_lsn == meta_.lsn && change.commit_time == meta_.time;
  if (!same || meta_.after_seq_size == 0) note_transaction(change);
  at = put_exactly(at, ",\"_op\":\"");
  *at++ = static_cast<char>(change.operation);
  at = put_padded(at, meta_.before_seq, meta_.before_seq_size);
  at = std::to_chars(at, at + 20, change.id.ordinal).ptr;
  return put_padded(at, meta_.after_seq, meta_.after_seq_size);
}

Status JsonRowEncoder::append(const Change& change, Buffer& out) {
  const Keys& keys = keys_of(*change.relation);
  if (!keys.clash.empty()) {
    return invalid(change.relation->full_name() + ": column " + keys.clash +
                   " has the name of a column that slotcast adds; rename it");
  }
  std::size_t text_bytes = 0;
  for (const Cell& cell : change.row) text_bytes += cell.size;
  if (text_bytes > kSmallRowBytes) return append_large_row(change, keys, out);
  const std::size_t start = out.size();
  unsigned high = 0;
  append_row(change, keys, text_bytes, out, high);
  if (high == 0) return {};
  const Status checked = check_utf8(change);
  if (!checked.ok()) out.truncate(start);
  return checked;
}

}  // namespace slotcast::sink
