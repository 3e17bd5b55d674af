#include "lib/sink/encode/json_row.h"

#include "lib/base/ensure.h"
#include "lib/sink/encode/json_text.h"

namespace slotcast::sink {
namespace {

// Rows up to this size are written in one go, with room made for the worst case; larger ones
// column by column.
constexpr std::size_t kSmallRowBytes = 4 * 1024;
constexpr std::size_t kSlack = kJsonSlack;
// Beside the top bits of all bytes, in what tells that a row has to be looked at again.
constexpr unsigned kHasNoNumber = 1u << 31;

std::vector<MetaTail::Around> around(const MetaColumns& columns) {
  std::vector<MetaTail::Around> all;
  for (const Meta meta : columns) {
    const bool is_number = meta == Meta::Seq || meta == Meta::Xid;
    const std::string quote = is_number ? "" : "\"";
    all.push_back({",\"" + std::string(name_of(meta)) + "\":" + quote, quote});
  }
  return all;
}

bool may_be_no_number(TypeClass type_class) {
  return type_class == TypeClass::Decimal || type_class == TypeClass::Float;
}

Error bad_cell(const Column& column, const std::string& what) {
  return rejected("column " + column.name + " holds " + what);
}

MetaColumns meta_of(const JsonOptions& options) {
  ENSURE(check(options).empty());
  Mistakes none;
  return read_meta(options.meta, none);
}

}  // namespace

JsonRowEncoder::JsonRowEncoder(const JsonOptions& options)
    : meta_(meta_of(options)),
      nan_(options.nan == "null"    ? Nan::Null
           : options.nan == "error" ? Nan::Error
                                    : Nan::String),
      tail_(meta_, around(meta_), "}" + options.line_end) {}

void JsonRowEncoder::make_keys(const Relation& relation, Keys& keys) const {
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
  }
  keys.text = std::string(fragments.text()) + std::string(kSlack, ' ');
  keys.has_clash = clash_of(relation, meta_) != nullptr;
}

const JsonRowEncoder::Keys& JsonRowEncoder::keys_of(const Relation& relation) {
  return keys_.get(relation, [&](Keys& keys) { make_keys(relation, keys); });
}

char* JsonRowEncoder::put_no_number(char* at, std::string_view text, unsigned& flags) const {
  if (nan_ == Nan::String) return write_json_string(at, text, flags);
  if (nan_ == Nan::Error) flags |= kHasNoNumber;
  return put_exactly(at, "null");
}

[[gnu::always_inline]] inline char* JsonRowEncoder::put_cell(char* at, TypeClass type_class,
                                                             const Cell& cell,
                                                             unsigned& flags) const {
  if (cell.is_null()) return put_exactly(at, "null");
  const std::string_view text = cell.text();
  switch (type_class) {
    case TypeClass::Boolean:
      return put_exactly(at, text == "t" ? "true" : "false");
    case TypeClass::Integer:
      return put_exactly(at, text);
    case TypeClass::Decimal:
    case TypeClass::Float:
      return is_plain_number(text) ? put_exactly(at, text) : put_no_number(at, text, flags);
    case TypeClass::Json:
      return write_json_value(at, text, flags);
    case TypeClass::Text:
      return write_json_string(at, text, flags);
  }
  return at;
}

// Every fragment begins with a comma; the first one opens the object instead.
char* JsonRowEncoder::put_end(const Change& change, char* start, char* at) {
  const bool is_empty = at == start;
  at = tail_.write(change, at, [](char* nothing) { return nothing; });
  if (is_empty && meta_.empty()) {
    std::memmove(start + 1, start, static_cast<std::size_t>(at - start));
    ++at;
  }
  *start = '{';
  return at;
}

void JsonRowEncoder::append_row(const Change& change, const Keys& keys, std::size_t text_bytes,
                                Buffer& out, unsigned& flags) {
  const std::size_t columns = change.row.size();
  char* const start = out.reserve(keys.text.size() + text_bytes * kJsonEscapedMax + columns * 8 +
                                  tail_.bytes_max() + kSlack);
  char* at = start;
  const Key* key = keys.columns.data();
  for (const Cell& cell : change.row) {
    if (!cell.is_unchanged()) {
      at = put_padded(at, keys.text.data() + key->at, key->size);
      at = put_cell(at, key->type_class, cell, flags);
    }
    ++key;
  }
  out.advance(put_end(change, start, at));
}

// What is not UTF-8 is left out and flagged: check_cells() finds it again.
void JsonRowEncoder::append_cell(Buffer& out, const Key& key, const Cell& cell,
                                 unsigned& flags) const {
  const bool is_text = key.type_class == TypeClass::Text;
  if (!cell.is_null() && (is_text || key.type_class == TypeClass::Json)) {
    const bool is_valid =
        is_text ? append_json_string(out, cell.text()) : append_json_value(out, cell.text());
    if (!is_valid) flags |= 1;
    return;
  }
  char* const at = out.reserve(cell.size * kJsonEscapedMax + 8 + kSlack);
  out.advance(put_cell(at, key.type_class, cell, flags));
}

Status JsonRowEncoder::append_large_row(const Change& change, const Keys& keys, Buffer& out) {
  const std::size_t start = out.size();
  unsigned flags = 0;
  for (std::size_t i = 0; i < change.row.size(); ++i) {
    const Key& key = keys.columns[i];
    const Cell& cell = change.row[i];
    if (cell.is_unchanged()) continue;
    out.append(std::string_view(keys.text).substr(key.at, key.size));
    append_cell(out, key, cell, flags);
  }
  char* const at = out.reserve(tail_.bytes_max() + kSlack);
  out.advance(put_end(change, at - (out.size() - start), at));
  if (flags == 0) return {};
  const Status checked = check_cells(change);
  if (!checked.ok()) out.truncate(start);
  return checked;
}

Status JsonRowEncoder::check_cells(const Change& change) const {
  for (std::size_t i = 0; i < change.row.size(); ++i) {
    const Cell& cell = change.row[i];
    const Column& column = change.relation->columns[i];
    if (cell.kind != Cell::Kind::Text) continue;
    if (!is_valid_utf8(cell.text())) {
      return bad_cell(column, "text that is not valid UTF-8");
    }
    if (nan_ == Nan::Error && may_be_no_number(column.type_class) &&
        !is_plain_number(cell.text())) {
      return bad_cell(column, std::string(cell.text()) + ", which is no number in JSON");
    }
  }
  return {};
}

Status JsonRowEncoder::begin(const Relation& relation, Buffer&) {
  if (!keys_of(relation).has_clash) return {};
  return clash_error(relation, *clash_of(relation, meta_));
}

Status JsonRowEncoder::append(const Change& change, Buffer& out) {
  const Keys& keys = keys_of(*change.relation);
  if (keys.has_clash) return begin(*change.relation, out);
  std::size_t text_bytes = 0;
  for (const Cell& cell : change.row) text_bytes += cell.size;
  if (text_bytes > kSmallRowBytes) return append_large_row(change, keys, out);
  const std::size_t start = out.size();
  unsigned flags = 0;
  append_row(change, keys, text_bytes, out, flags);
  if (flags == 0) return {};
  const Status checked = check_cells(change);
  if (!checked.ok()) out.truncate(start);
  return checked;
}

}  // namespace slotcast::sink
