#include "lib/pgoutput/catalog.h"

#include <string>
#include <string_view>

#include "lib/change/types.h"

namespace slotcast::pgoutput {
namespace {

// Logs written before versions 2 and 3 are still read.
constexpr std::uint8_t kVersionFirst = 1;
constexpr std::uint8_t kVersionWithFlags = 2;  // a byte of them behind all
// And behind each column how to read it: base kind, base modifier, collation.
constexpr std::uint8_t kVersion = 3;
constexpr std::uint8_t kFullInPart = 1;

void put_names(ByteWriter& out, const std::vector<std::string>& names) {
  out.put(static_cast<std::uint32_t>(names.size()));
  for (const std::string& name : names) out.put_text(name);
}

std::vector<std::string> get_names(ByteReader& in) {
  std::vector<std::string> names;
  const auto count = in.le<std::uint32_t>();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) names.emplace_back(in.text());
  return names;
}

// What an older record does not say is the most careful of what it may have been. A domain's
// labels are those of the enum behind it.
void guess_reading(CatalogColumn& column) {
  column.base_kind = column.kind;
  if (column.kind == 'd') column.base_kind = column.enum_labels.empty() ? 'b' : 'e';
  column.collation = is_text_type(column.base_oid) ? Collation::Equality : Collation::None;
}

bool get_reading(ByteReader& in, CatalogColumn& column) {
  column.base_kind = static_cast<char>(in.le<std::uint8_t>());
  column.base_modifier = static_cast<std::int32_t>(in.le<std::uint32_t>());
  const char letter = static_cast<char>(in.le<std::uint8_t>());
  column.collation = static_cast<Collation>(letter);
  return is_collation(letter);
}

}  // namespace

std::vector<std::byte> encode(const Catalog& catalog) {
  std::vector<std::byte> bytes;
  ByteWriter out(bytes);
  out.put(kVersion);
  out.put(static_cast<std::uint32_t>(catalog.columns.size()));
  for (const CatalogColumn& column : catalog.columns) {
    out.put_text(column.type_name).put(static_cast<std::uint8_t>(column.kind));
    out.put(column.base_oid).put(column.element_oid);
    put_names(out, column.enum_labels);
    out.put(static_cast<std::uint8_t>(column.base_kind));
    out.put(static_cast<std::uint32_t>(column.base_modifier));
    out.put(static_cast<std::uint8_t>(column.collation));
  }
  put_names(out, catalog.primary_key);
  out.put(catalog.is_full_in_part ? kFullInPart : std::uint8_t{0});
  return bytes;
}

std::optional<Catalog> decode_catalog(Bytes bytes) {
  ByteReader in(bytes);
  const auto version = in.le<std::uint8_t>();
  if (version < kVersionFirst || version > kVersion) return std::nullopt;
  Catalog catalog;
  const auto count = in.le<std::uint32_t>();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    CatalogColumn column;
    column.type_name = std::string(in.text());
    column.kind = static_cast<char>(in.le<std::uint8_t>());
    column.base_oid = in.le<std::uint32_t>();
    column.element_oid = in.le<std::uint32_t>();
    column.enum_labels = get_names(in);
    if (version < kVersion) guess_reading(column);
    if (version >= kVersion && !get_reading(in, column)) return std::nullopt;
    catalog.columns.push_back(std::move(column));
  }
  catalog.primary_key = get_names(in);
  if (version >= kVersionWithFlags) {
    catalog.is_full_in_part = (in.le<std::uint8_t>() & kFullInPart) != 0;
  }
  if (!in.ok() || in.remaining() != 0) return std::nullopt;
  return catalog;
}

}  // namespace slotcast::pgoutput
