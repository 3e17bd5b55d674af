#include "connectors/kafka/header.h"

#include <algorithm>
#include <charconv>

namespace slotcast::kafka {
namespace {

constexpr auto kAll = std::to_array({RowHeader::Op, RowHeader::Lsn, RowHeader::Seq, RowHeader::Ts,
                                     RowHeader::Xid, RowHeader::Schema, RowHeader::Table});

template <std::size_t Size>
std::string_view print(std::array<char, Size>& out, std::uint64_t number) {
  const auto end = std::to_chars(out.data(), out.data() + out.size(), number).ptr;
  return {out.data(), static_cast<std::size_t>(end - out.data())};
}

}  // namespace

const char* name_of(RowHeader header) {
  switch (header) {
    case RowHeader::Op:
      return "_op";
    case RowHeader::Lsn:
      return "_lsn";
    case RowHeader::Seq:
      return "_seq";
    case RowHeader::Ts:
      return "_ts";
    case RowHeader::Xid:
      return "_xid";
    case RowHeader::Schema:
      return "_schema";
    case RowHeader::Table:
      return "_table";
  }
  return "";
}

std::vector<RowHeader> read_headers(const std::vector<std::string>& names,
                                    sink::Mistakes& mistakes) {
  std::vector<RowHeader> headers;
  for (const std::string& name : names) {
    const auto* found = std::find_if(kAll.begin(), kAll.end(),
                                     [&](RowHeader each) { return name == name_of(each); });
    if (found == kAll.end()) {
      mistakes.emplace_back("headers", invalid("\"" + name +
                                               "\" is none of _op, _lsn, _seq, _ts, "
                                               "_xid, _schema, _table"));
    } else if (std::find(headers.begin(), headers.end(), *found) != headers.end()) {
      mistakes.emplace_back("headers", invalid("\"" + name + "\" is there twice"));
    } else {
      headers.push_back(*found);
    }
  }
  return headers;
}

void RowHeaders::add(const Change& change, Outgoing& message) {
  if (headers_.empty()) return;
  if (lsn_ != change.id.commit_lsn || time_ != change.commit_time || lsn_text_.empty()) {
    lsn_ = change.id.commit_lsn;
    time_ = change.commit_time;
    lsn_text_ = to_string(lsn_);
    time_text_ = to_iso8601(time_);
  }
  for (const RowHeader header : headers_) {
    std::string_view value;
    switch (header) {
      case RowHeader::Op:
        op_ = static_cast<char>(change.operation);
        value = {&op_, 1};
        break;
      case RowHeader::Lsn:
        value = lsn_text_;
        break;
      case RowHeader::Seq:
        value = print(seq_, change.id.ordinal);
        break;
      case RowHeader::Ts:
        value = time_text_;
        break;
      case RowHeader::Xid:
        value = print(xid_, change.xid);
        break;
      case RowHeader::Schema:
        value = change.relation->schema;
        break;
      case RowHeader::Table:
        value = change.relation->table;
        break;
    }
    message.headers.push_back({name_of(header), value});
  }
}

}  // namespace slotcast::kafka
