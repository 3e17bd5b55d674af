#include "lib/sink/encode/json_row.h"

#include <charconv>

#include "lib/sink/encode/json_text.h"

namespace slotcast::sink {
namespace {

bool is_meta_name(std::string_view name) {
  return name == "_op" || name == "_lsn" || name == "_seq" || name == "_ts";
}

// Far above the tables of one source; reached only when their definitions keep changing.
constexpr std::size_t kRelationsMax = 20'000;

// PostgreSQL prints numbers as JSON wants them, but for NaN and the infinities.
bool is_plain_number(std::string_view text) {
  const char last = text.empty() ? 'x' : text.back();
  return last >= '0' && last <= '9';
}

bool append_number(Buffer& out, std::string_view text) {
  if (!is_plain_number(text)) return append_json_string(out, text);
  out.append(text);
  return true;
}

}  // namespace

const JsonRowEncoder::Keys& JsonRowEncoder::keys_of(const Relation& relation) {
  if (relation.version == last_version_ && last_keys_ != nullptr) return *last_keys_;
  if (keys_.size() >= kRelationsMax) keys_.clear();
  const auto [found, is_new] = keys_.try_emplace(relation.version);
  Keys& keys = found->second;
  if (is_new) {
    for (const Column& column : relation.columns) {
      Buffer fragment;
      fragment.append(',');
      // A name that is not valid UTF-8 cannot come from a session with client_encoding UTF8.
      if (!append_json_string(fragment, column.name)) fragment.append("\"?\"");
      fragment.append(':');
      keys.fragments.emplace_back(fragment.text());
      if (is_meta_name(column.name)) keys.clash = column.name;
    }
  }
  last_version_ = relation.version;
  last_keys_ = &keys;
  return keys;
}

bool JsonRowEncoder::append_cell(const Column& column, const Cell& cell, Buffer& out) {
  if (cell.is_null()) {
    out.append("null");
    return true;
  }
  const std::string_view text = cell.text();
  switch (column.type_class) {
    case TypeClass::Boolean:
      out.append(text == "t" ? "true" : "false");
      return true;
    case TypeClass::Integer:
      out.append(text);
      return true;
    case TypeClass::Decimal:
    case TypeClass::Float:
      return append_number(out, text);
    case TypeClass::Json:
      return append_json_value(out, text);
    case TypeClass::Text:
      return append_json_string(out, text);
  }
  return false;
}

Status JsonRowEncoder::append_columns(const Change& change, const Keys& keys, Buffer& out) {
  const Relation& relation = *change.relation;
  // An old key comes with NULL in every other column: those are not values.
  const bool key_only = change.operation == Operation::Delete && relation.replica_identity != 'f';
  for (std::size_t i = 0; i < change.row.size(); ++i) {
    const Cell& cell = change.row[i];
    const Column& column = relation.columns[i];
    if (cell.is_unchanged() || (key_only && !column.is_key)) continue;
    out.append(keys.fragments[i]);
    if (!append_cell(column, cell, out)) {
      return rejected(relation.full_name() + ": column " + column.name +
                      " holds text that is not valid UTF-8, at " + to_string(change.id.commit_lsn) +
                      " change " + std::to_string(change.id.ordinal));
    }
  }
  return {};
}

void JsonRowEncoder::append_meta(const Change& change, Buffer& out) {
  if (change.id.commit_lsn != last_lsn_ || change.commit_time != last_time_ || lsn_text_.empty()) {
    last_lsn_ = change.id.commit_lsn;
    last_time_ = change.commit_time;
    lsn_text_ = "\",\"_lsn\":\"" + to_string(last_lsn_) + "\",\"_seq\":";
    time_text_ = ",\"_ts\":\"" + to_iso8601(last_time_) + "\"}\n";
  }
  constexpr std::string_view kOperation = ",\"_op\":\"";
  char* at = out.reserve(kOperation.size() + 1 + lsn_text_.size() + 20 + time_text_.size());
  const auto put = [&at](std::string_view text) {
    std::memcpy(at, text.data(), text.size());
    at += text.size();
  };
  put(kOperation);
  *at++ = static_cast<char>(change.operation);
  put(lsn_text_);
  at = std::to_chars(at, at + 20, change.id.ordinal).ptr;
  put(time_text_);
  out.advance(at);
}

Status JsonRowEncoder::append(const Change& change, Buffer& out) {
  const Keys& keys = keys_of(*change.relation);
  if (!keys.clash.empty()) {
    return invalid(change.relation->full_name() + ": column " + keys.clash +
                   " has the name of a column that slotcast adds; rename it");
  }
  const std::size_t before = out.size();
  if (Status appended = append_columns(change, keys, out); !appended.ok()) {
    out.truncate(before);
    return appended;
  }
  append_meta(change, out);
  // Every fragment begins with a comma; the first one opens the object instead.
  out.at(before) = '{';
  return {};
}

}  // namespace slotcast::sink
