#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace slotcast {

// A table's object identifier in the source. Never reused for another table within its life, but
// a table dropped and created again has a new one.
struct RelationId {
  std::uint32_t oid = 0;
  auto operator<=>(const RelationId&) const = default;
};

// How the text of a cell may be written elsewhere. Derived from the column's (base) type.
enum class TypeClass : std::uint8_t {
  Text,     // anything without a class of its own: written as a string
  Boolean,  // "t" or "f"
  Integer,  // int2, int4, int8, oid: digits with a sign
  Decimal,  // numeric: digits, or NaN, Infinity, -Infinity
  Float,    // float4, float8: digits with exponent, or NaN, Infinity, -Infinity
  Json,     // json, jsonb: itself a JSON text
};

// How two texts of a column compare.
enum class Collation : char {
  None = '-',       // not a text; or a literal, which takes the other side's
  Bytes = 'c',      // equality and order by bytes: "C", "POSIX"
  Equality = 'd',   // deterministic: equal means same bytes; the order is the server's own
  Forbidden = 'n',  // nondeterministic: not even equality can be told here
};

// What a type is called, and its labels if it, or what is behind it, is an enum.
struct TypeWords {
  std::string name;  // as format_type() prints it
  std::vector<std::string> enum_labels;
  bool operator==(const TypeWords&) const = default;
};

struct Column {
  std::string name;
  std::uint32_t type_oid = 0;
  std::int32_t type_modifier = -1;
  bool is_key = false;          // part of the replica identity; with identity full, all columns are
  bool is_primary_key = false;  // as the catalog said; false where it was not asked
  TypeClass type_class = TypeClass::Text;
  // As the catalog said; where it was not asked, base_oid is 0 and `words` null.
  std::uint32_t base_oid = 0;       // behind domains; the type itself otherwise
  std::int32_t base_modifier = -1;  // the column's, or what its domain gives the base type
  char base_kind = 'b';             // pg_type.typtype of the base type
  Collation collation = Collation::None;
  std::shared_ptr<const TypeWords> words;
};

// One version of a table as a Relation message announced it. Immutable and shared: every change
// keeps the version it was written under alive.
// Source: PostgreSQL documentation, "Logical Replication Message Formats", Relation.
struct Relation {
  std::uint64_t version = 0;  // unique in the process, for caches; unlike an address never reused
  RelationId id;
  std::string schema;
  std::string table;
  char replica_identity = 'd';  // d(efault), n(othing), f(ull), i(ndex)
  // With 'f', of a partitioned table: some partitions have another, as the catalog said.
  bool is_full_in_part = false;
  std::vector<Column> columns;

  std::string full_name() const { return schema + "." + table; }
};

using RelationPtr = std::shared_ptr<const Relation>;

// A version no relation has yet. Threads: any.
std::uint64_t next_relation_version();

}  // namespace slotcast
