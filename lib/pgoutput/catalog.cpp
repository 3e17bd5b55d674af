#include "lib/pgoutput/catalog.h"

namespace slotcast::pgoutput {
namespace {

constexpr std::uint8_t kVersion = 1;
// With a byte of flags behind it. Written only where one is set, which an older reader must not
// overlook.
constexpr std::uint8_t kVersionWithFlags = 2;
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

}  // namespace

std::vector<std::byte> encode(const Catalog& catalog) {
  std::vector<std::byte> bytes;
  ByteWriter out(bytes);
  out.put(catalog.is_full_in_part ? kVersionWithFlags : kVersion);
  out.put(static_cast<std::uint32_t>(catalog.columns.size()));
  for (const CatalogColumn& column : catalog.columns) {
    out.put_text(column.type_name).put(static_cast<std::uint8_t>(column.kind));
    out.put(column.base_oid).put(column.element_oid);
    put_names(out, column.enum_labels);
  }
  put_names(out, catalog.primary_key);
  if (catalog.is_full_in_part) out.put(kFullInPart);
  return bytes;
}

std::optional<Catalog> decode_catalog(Bytes bytes) {
  ByteReader in(bytes);
  const auto version = in.le<std::uint8_t>();
  if (version != kVersion && version != kVersionWithFlags) return std::nullopt;
  Catalog catalog;
  const auto count = in.le<std::uint32_t>();
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    CatalogColumn column;
    column.type_name = std::string(in.text());
    column.kind = static_cast<char>(in.le<std::uint8_t>());
    column.base_oid = in.le<std::uint32_t>();
    column.element_oid = in.le<std::uint32_t>();
    column.enum_labels = get_names(in);
    catalog.columns.push_back(std::move(column));
  }
  catalog.primary_key = get_names(in);
  if (version == kVersionWithFlags) {
    catalog.is_full_in_part = (in.le<std::uint8_t>() & kFullInPart) != 0;
  }
  if (!in.ok() || in.remaining() != 0) return std::nullopt;
  return catalog;
}

}  // namespace slotcast::pgoutput
