// Goal:   a Catalog record says again what was put into it, also one of an older version, and no
//         part of one says anything.
// Method: records of the older versions are written here byte by byte, as FORMAT.md of their time
//         shows them.
#include "lib/pgoutput/catalog.h"

#include <catch2/catch.hpp>

using namespace slotcast;
using namespace slotcast::pgoutput;

namespace {

Catalog example() {
  Catalog catalog;
  catalog.columns.push_back({"mood", 'e', 16400, 0, {"sad", "", "glad"}, 'e'});
  catalog.columns.push_back({"integer[]", 'b', 1007, 23, {}});
  catalog.columns.push_back({"amount", 'd', 1700, 0, {}, 'b', 655366});
  catalog.columns.push_back({"text", 'b', 25, 0, {}, 'b', -1, Collation::Forbidden});
  catalog.primary_key = {"id", "v"};
  return catalog;
}

void check_same(const Catalog& one, const Catalog& other) {
  REQUIRE(one.columns.size() == other.columns.size());
  for (std::size_t i = 0; i < one.columns.size(); ++i) {
    const CatalogColumn& a = one.columns[i];
    const CatalogColumn& b = other.columns[i];
    CHECK(a.type_name == b.type_name);
    CHECK(a.kind == b.kind);
    CHECK(a.base_oid == b.base_oid);
    CHECK(a.element_oid == b.element_oid);
    CHECK(a.enum_labels == b.enum_labels);
    CHECK(a.base_kind == b.base_kind);
    CHECK(a.base_modifier == b.base_modifier);
    CHECK(a.collation == b.collation);
  }
  CHECK(one.primary_key == other.primary_key);
  CHECK(one.is_full_in_part == other.is_full_in_part);
}

// One column of each kind: a text, an integer, an enum, a domain over it, and one over numeric.
std::vector<std::byte> old_record(int version) {
  std::vector<std::byte> bytes;
  ByteWriter out(bytes);
  const auto put_column = [&](std::string_view name, char kind, std::uint32_t base,
                              std::string_view label) {
    out.put_text(name).put(static_cast<std::uint8_t>(kind)).put(base).put(std::uint32_t{0});
    out.put(std::uint32_t{label.empty() ? 0u : 1u});
    if (!label.empty()) out.put_text(label);
  };
  out.put(static_cast<std::uint8_t>(version)).put(std::uint32_t{5});
  put_column("character varying", 'b', 1043, "");
  put_column("integer", 'b', 23, "");
  put_column("mood", 'e', 16400, "sad");
  put_column("good_mood", 'd', 16400, "sad");
  put_column("amount", 'd', 1700, "");
  out.put(std::uint32_t{1}).put_text("id");
  if (version == 2) out.put(std::uint8_t{1});
  return bytes;
}

}  // namespace

TEST_CASE("catalog: a record reads back, and no part of one does", "[pgoutput]") {
  Catalog catalog = example();
  catalog.is_full_in_part = GENERATE(false, true);
  const auto bytes = encode(catalog);
  const auto again = decode_catalog(bytes);
  REQUIRE(again);
  check_same(*again, catalog);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK_FALSE(decode_catalog(Bytes(bytes).first(size)).has_value());
  }
  auto longer = bytes;
  longer.push_back(std::byte{0});
  CHECK_FALSE(decode_catalog(longer).has_value());
}

TEST_CASE("catalog: a record of an older version is read, texts with the server's order",
          "[pgoutput]") {
  const int version = GENERATE(1, 2);
  const auto bytes = old_record(version);
  const auto catalog = decode_catalog(bytes);
  REQUIRE(catalog);
  REQUIRE(catalog->columns.size() == 5);
  const auto& columns = catalog->columns;
  CHECK(columns[0].type_name == "character varying");
  CHECK(columns[0].collation == Collation::Equality);
  CHECK(columns[1].collation == Collation::None);
  CHECK(columns[1].base_kind == 'b');
  CHECK(columns[2].base_kind == 'e');
  CHECK(columns[3].base_kind == 'e');
  CHECK(columns[3].enum_labels == std::vector<std::string>{"sad"});
  CHECK(columns[4].base_kind == 'b');
  CHECK(columns[4].base_modifier == -1);
  CHECK(catalog->primary_key == std::vector<std::string>{"id"});
  CHECK(catalog->is_full_in_part == (version == 2));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK_FALSE(decode_catalog(Bytes(bytes).first(size)).has_value());
  }
}

TEST_CASE("catalog: what a newer version may say is not guessed at", "[pgoutput]") {
  auto bytes = encode(example());
  CHECK(decode_catalog(bytes));
  bytes[0] = std::byte{4};
  CHECK_FALSE(decode_catalog(bytes));
  Catalog catalog = example();
  catalog.columns[0].collation = static_cast<Collation>('x');
  CHECK_FALSE(decode_catalog(encode(catalog)));
}
