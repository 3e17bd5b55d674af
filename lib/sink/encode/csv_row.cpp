#include "lib/sink/encode/csv_row.h"

#include <algorithm>

#include "lib/base/ensure.h"
#include "lib/sink/encode/json_text.h"

namespace slotcast::sink {
namespace {

// Rows up to this size are written in one go, with room made for the worst case; larger ones
// field by field.
constexpr std::size_t kSmallRowBytes = 4 * 1024;
constexpr std::size_t kSlack = kCsvSlack;
// Beside the top bits of all bytes: a value of the row was not sent.
constexpr unsigned kHasUnsent = 1u << 31;
// What a field has beside its escaped text: enclosures, separator, "false" in place of "f".
constexpr std::size_t kFieldBytes = kCsvEnclosures + 1 + 8;

std::vector<MetaTail::Around> around(const MetaColumns& columns, const std::string& separator) {
  std::vector<MetaTail::Around> all(columns.size());
  for (std::size_t i = 0; i + 1 < all.size(); ++i) all[i].after = separator;
  return all;
}

MetaColumns meta_of(const CsvOptions& options) {
  ENSURE(check(options).empty());
  Mistakes none;
  return read_meta(options.meta, none);
}

// Rows that have no values of their own, or those of the key alone.
bool is_without_row(Operation operation) {
  return operation == Operation::Delete || operation == Operation::Truncate ||
         operation == Operation::ResyncBegin || operation == Operation::ResyncEnd;
}

}  // namespace

CsvRowEncoder::CsvRowEncoder(const CsvOptions& options)
    : options_(options),
      meta_(meta_of(options)),
      has_unchanged_(has(meta_, Meta::Unchanged)),
      has_operation_(has(meta_, Meta::Op)),
      separator_(options.separator.front()),
      text_(separator_, options.enclosure.front(), options.escape.front(), options.null_text),
      null_text_(options.null_text + std::string(kSlack, ' ')),
      null_size_(options.null_text.size()),
      tail_(meta_, around(meta_, options.separator), options.line_end) {
  Buffer none;
  text_.append(none, "[]");
  no_names_ = none.text();
  names_begin_ = options.enclosure + inside("[");
  names_end_ = inside("]") + options.enclosure;
  comma_size_ = inside(",").size();
}

std::string CsvRowEncoder::inside(std::string_view text) const {
  std::string out(text.size() * kCsvEscapedMax + kCsvSlack, '\0');
  unsigned high = 0;
  const char* const end = text_.write_inside(out.data(), text, high);
  out.resize(static_cast<std::size_t>(end - out.data()));
  return out;
}

Status CsvRowEncoder::check_relation(const Relation& relation) const {
  if (const Column* clash = clash_of(relation, meta_)) return clash_error(relation, *clash);
  const std::size_t fields = relation.columns.size() + meta_.size();
  if (fields == 0) return invalid(relation.full_name() + " has no column, and meta is empty");
  if (fields == 1 && meta_.empty() && null_size_ == 0) {
    return invalid(relation.full_name() +
                   ": a NULL of its only column would be an empty line; choose another null text");
  }
  return {};
}

void CsvRowEncoder::make_fields(const Relation& relation, Fields& fields) const {
  for (const Column& column : relation.columns) {
    Buffer name;
    // A name that is not valid UTF-8 cannot come from a session with client_encoding UTF8.
    if (!append_json_string(name, column.name)) name.append("\"?\"");
    Field& field = fields.columns.emplace_back();
    field.type_class = column.type_class;
    field.name_at = static_cast<std::uint32_t>(fields.names.size());
    fields.names += inside("," + std::string(name.text()));
    field.name_size = static_cast<std::uint32_t>(fields.names.size()) - field.name_at;
  }
  fields.names.append(kSlack, ' ');
  fields.is_refused = !check_relation(relation).ok();
}

const CsvRowEncoder::Fields& CsvRowEncoder::fields_of(const Relation& relation) {
  return fields_.get(relation, [&](Fields& fields) { make_fields(relation, fields); });
}

Status CsvRowEncoder::begin(const Relation& relation, Buffer& out) {
  if (fields_of(relation).is_refused) return check_relation(relation);
  if (!options_.header) return {};
  const std::size_t start = out.size();
  const auto put_name = [&](std::string_view name) {
    if (out.size() != start) out.append(separator_);
    if (!text_.append(out, name)) out.append('?');
  };
  for (const Column& column : relation.columns) put_name(column.name);
  for (const Meta meta : meta_) put_name(name_of(meta));
  out.append(options_.line_end);
  return {};
}

inline char* CsvRowEncoder::put_null(char* at) const {
  return put_padded(at, null_text_.data(), null_size_);
}

[[gnu::always_inline]] inline char* CsvRowEncoder::put_cell(char* at, TypeClass type_class,
                                                            const Cell& cell,
                                                            unsigned& flags) const {
  if (cell.kind != Cell::Kind::Text) {
    if (cell.is_unchanged()) flags |= kHasUnsent;
    return put_null(at);
  }
  const std::string_view text = cell.text();
  if (type_class == TypeClass::Text || type_class == TypeClass::Json) {
    return text_.write(at, text, flags);
  }
  if (type_class == TypeClass::Boolean) return put_exactly(at, text == "t" ? "true" : "false");
  return put_exactly(at, text);
}

// The list of what was not sent, as the value of `_unchanged`.
char* CsvRowEncoder::put_names(char* at, const Change& change, const Fields& fields) const {
  at = put_exactly(at, names_begin_);
  std::size_t skipped = comma_size_;  // of the first one
  for (std::size_t i = 0; i < fields.columns.size(); ++i) {
    if (!change.row.empty() && !change.row[i].is_unchanged()) continue;
    const Field& field = fields.columns[i];
    at = put_padded(at, fields.names.data() + field.name_at + skipped, field.name_size - skipped);
    skipped = 0;
  }
  return put_exactly(at, names_end_);
}

// `at` is behind the separator of the last field, if there was one.
char* CsvRowEncoder::put_end(const Change& change, const Fields& fields, char* at, unsigned flags) {
  if (meta_.empty()) --at;
  return tail_.write(change, at, [&](char* place) {
    if ((flags & kHasUnsent) != 0) return put_names(place, change, fields);
    return put_exactly(place, no_names_);
  });
}

std::size_t CsvRowEncoder::end_bytes_max(const Fields& fields) const {
  return tail_.bytes_max() + fields.names.size() + names_begin_.size() + names_end_.size() +
         no_names_.size() + kSlack;
}

void CsvRowEncoder::append_row(const Change& change, const Fields& fields, std::size_t text_bytes,
                               Buffer& out, unsigned& flags) {
  const std::size_t columns = fields.columns.size();
  char* at = out.reserve(text_bytes * kCsvEscapedMax + columns * (kFieldBytes + null_size_) +
                         end_bytes_max(fields));
  const Field* field = fields.columns.data();
  const char separator = separator_;
  for (const Cell& cell : change.row) {
    at = put_cell(at, field->type_class, cell, flags);
    *at++ = separator;
    ++field;
  }
  if (change.row.empty() && columns != 0) {
    flags |= kHasUnsent;
    for (std::size_t i = 0; i < columns; ++i) {
      at = put_null(at);
      *at++ = separator_;
    }
  }
  out.advance(put_end(change, fields, at, flags));
}

void CsvRowEncoder::append_large_row(const Change& change, const Fields& fields, Buffer& out,
                                     unsigned& flags) {
  for (std::size_t i = 0; i < change.row.size(); ++i) {
    const TypeClass type_class = fields.columns[i].type_class;
    const Cell& cell = change.row[i];
    const bool is_text = type_class == TypeClass::Text || type_class == TypeClass::Json;
    if (is_text && cell.kind == Cell::Kind::Text) {
      if (!text_.append(out, cell.text())) flags |= 1;  // check_row() finds it again
    } else {
      char* const at = out.reserve(cell.size + kFieldBytes + null_size_ + kSlack);
      out.advance(put_cell(at, type_class, cell, flags));
    }
    out.append(separator_);
  }
  char* const at = out.reserve(end_bytes_max(fields));
  out.advance(put_end(change, fields, at, flags));
}

Status CsvRowEncoder::check_row(const Change& change) const {
  const Relation& relation = *change.relation;
  const bool may_be_unsent = has_unchanged_ || (has_operation_ && is_without_row(change.operation));
  for (std::size_t i = 0; i < relation.columns.size(); ++i) {
    const Cell cell = change.row.empty() ? Cell{nullptr, 0, Cell::Kind::Unchanged} : change.row[i];
    const std::string& name = relation.columns[i].name;
    if (cell.kind == Cell::Kind::Text && !is_valid_utf8(cell.text())) {
      return rejected("column " + name + " holds text that is not valid UTF-8");
    }
    if (cell.is_unchanged() && !may_be_unsent) {
      return rejected("column " + name +
                      " was not sent by the server, and meta lists no _unchanged to say so");
    }
  }
  return {};
}

Status CsvRowEncoder::append(const Change& change, Buffer& out) {
  const Fields& fields = fields_of(*change.relation);
  if (fields.is_refused) return check_relation(*change.relation);
  std::size_t text_bytes = 0;
  for (const Cell& cell : change.row) text_bytes += cell.size;
  const std::size_t start = out.size();
  unsigned flags = 0;
  if (text_bytes > kSmallRowBytes) {
    append_large_row(change, fields, out, flags);
  } else {
    append_row(change, fields, text_bytes, out, flags);
  }
  if (flags == 0 || (flags == kHasUnsent && has_unchanged_)) return {};
  const Status checked = check_row(change);
  if (!checked.ok()) out.truncate(start);
  return checked;
}

}  // namespace slotcast::sink
