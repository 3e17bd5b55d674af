#include "lib/pgoutput/encode.h"

#include <cstring>

#include "lib/base/ensure.h"
#include "lib/pgoutput/decoder.h"

namespace slotcast::pgoutput {
namespace {

constexpr std::uint8_t kKeyColumn = 1;
constexpr std::size_t kInsertHeaderBytes = 8;  // 'I', relation, 'N', number of columns
constexpr std::size_t kCellHeaderBytes = 5;    // 't', length

template <class T>
void put(std::vector<std::byte>& out, T value) {
  const std::size_t at = out.size();
  out.resize(at + sizeof value);
  store_be(out.data() + at, value);
}

void put_text(std::vector<std::byte>& out, std::string_view text) {
  const Bytes bytes = as_bytes(text);
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void put_name(std::vector<std::byte>& out, std::string_view name) {
  put_text(out, name);
  out.push_back(std::byte{0});
}

// What stands behind a backslash. COPY writes only these; every other letter stands for itself.
std::byte unescaped(std::byte letter) {
  switch (static_cast<char>(letter)) {
    case 'b':
      return std::byte{'\b'};
    case 'f':
      return std::byte{'\f'};
    case 'n':
      return std::byte{'\n'};
    case 'r':
      return std::byte{'\r'};
    case 't':
      return std::byte{'\t'};
    case 'v':
      return std::byte{'\v'};
    default:
      return letter;
  }
}

const std::byte* find(const std::byte* at, const std::byte* end, char letter) {
  const void* found = std::memchr(at, letter, static_cast<std::size_t>(end - at));
  return found == nullptr ? end : static_cast<const std::byte*>(found);
}

// Copies `size` bytes of escaped text to `to`; the end of what was written, or null.
std::byte* unescape(const std::byte* at, const std::byte* end, std::byte* to) {
  while (at != end) {
    const std::byte* const escape = find(at, end, '\\');
    const auto plain = static_cast<std::size_t>(escape - at);
    std::memcpy(to, at, plain);
    to += plain;
    if (escape == end) return to;
    if (escape + 1 == end) return nullptr;
    *to++ = unescaped(escape[1]);
    at = escape + 2;
  }
  return to;
}

// One cell, from its text between two tabs; the end of what was written, or null.
std::byte* put_cell(const std::byte* at, const std::byte* end, std::byte* to) {
  if (end - at == 2 && at[0] == std::byte{'\\'} && at[1] == std::byte{'N'}) {
    *to = std::byte{'n'};
    return to + 1;
  }
  std::byte* const text = to + kCellHeaderBytes;
  std::byte* const text_end = unescape(at, end, text);
  if (text_end == nullptr) return nullptr;
  *to = std::byte{'t'};
  store_be(to + 1, static_cast<std::uint32_t>(text_end - text));
  return text_end;
}

}  // namespace

std::vector<std::byte> encode(const Begin& begin) {
  std::vector<std::byte> out;
  put(out, static_cast<std::uint8_t>('B'));
  put(out, begin.commit_lsn.value);
  put(out, static_cast<std::uint64_t>(begin.commit_time.microseconds));
  put(out, begin.xid);
  return out;
}

std::vector<std::byte> encode(const Commit& commit) {
  std::vector<std::byte> out;
  put(out, static_cast<std::uint8_t>('C'));
  put(out, std::uint8_t{0});  // flags: none are defined
  put(out, commit.commit_lsn.value);
  put(out, commit.end_lsn.value);
  put(out, static_cast<std::uint64_t>(commit.commit_time.microseconds));
  return out;
}

std::vector<std::byte> encode(const Relation& relation) {
  std::vector<std::byte> out;
  put(out, static_cast<std::uint8_t>('R'));
  put(out, relation.id.oid);
  put_name(out, relation.schema);
  put_name(out, relation.table);
  put(out, static_cast<std::uint8_t>(relation.replica_identity));
  put(out, static_cast<std::uint16_t>(relation.columns.size()));
  for (const Column& column : relation.columns) {
    put(out, static_cast<std::uint8_t>(column.is_key ? kKeyColumn : 0));
    put_name(out, column.name);
    put(out, column.type_oid);
    put(out, static_cast<std::uint32_t>(column.type_modifier));
  }
  return out;
}

void append_insert(RelationId relation, Cells row, std::vector<std::byte>& out) {
  put(out, static_cast<std::uint8_t>('I'));
  put(out, relation.oid);
  put(out, static_cast<std::uint8_t>('N'));
  put(out, static_cast<std::uint16_t>(row.size()));
  for (const Cell& cell : row) {
    ENSURE(!cell.is_unchanged());
    put(out, static_cast<std::uint8_t>(cell.is_null() ? 'n' : 't'));
    if (cell.is_null()) continue;
    put(out, cell.size);
    put_text(out, cell.text());
  }
}

bool append_insert(const Relation& relation, Bytes copy_row, std::vector<std::byte>& out) {
  const std::size_t start = out.size();
  const std::size_t columns = relation.columns.size();
  // Unescaping only shortens; each cell gets a header, and each but the last had a tab.
  out.resize(start + kInsertHeaderBytes + copy_row.size() + columns * kCellHeaderBytes);
  std::byte* to = out.data() + start;
  *to = std::byte{'I'};
  store_be(to + 1, relation.id.oid);
  to[5] = std::byte{'N'};
  store_be(to + 6, static_cast<std::uint16_t>(columns));
  to += kInsertHeaderBytes;
  const std::byte* at = copy_row.data();
  const std::byte* const end = at + copy_row.size();
  std::size_t done = 0;
  while (to != nullptr && done < columns) {
    const std::byte* const tab = find(at, end, '\t');
    to = put_cell(at, tab, to);
    ++done;
    if (tab == end) break;
    at = tab + 1;
    if (done == columns) to = nullptr;  // more cells than columns
  }
  const bool whole = to != nullptr && done == columns && (columns > 0 || copy_row.empty());
  out.resize(whole ? static_cast<std::size_t>(to - out.data()) : start);
  return whole;
}

std::vector<std::byte> encode(Resync mark, RelationId relation) {
  const std::string_view words = mark == Resync::Begin ? kResyncBegins : kResyncEnds;
  std::vector<std::byte> out;
  put(out, static_cast<std::uint8_t>('M'));
  put(out, std::uint8_t{1});   // in a transaction
  put(out, std::uint64_t{0});  // its LSN: that of the chunk counts
  put_name(out, kMarkerPrefix);
  put(out, static_cast<std::uint32_t>(words.size() + sizeof relation.oid));
  put_text(out, words);
  put(out, relation.oid);
  return out;
}

}  // namespace slotcast::pgoutput
