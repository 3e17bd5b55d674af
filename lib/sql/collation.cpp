#include <algorithm>
#include <array>

#include "lib/sql/resolver.h"

namespace slotcast::sql {
namespace {

bool is_order(std::string_view sign) {
  return sign == "<" || sign == "<=" || sign == ">" || sign == ">=";
}

// Those whose answer depends on what the collation takes for equal.
bool compares(std::string_view name) {
  constexpr std::array<std::string_view, 6> names = {"=",   "<>",      "~~",
                                                     "!~~", "replace", "split_part"};
  return is_order(name) || std::find(names.begin(), names.end(), name) != names.end();
}

int strictness(Collation collation) {
  switch (collation) {
    case Collation::None:
      return 0;
    case Collation::Bytes:
      return 1;
    case Collation::Equality:
      return 2;
    case Collation::Forbidden:
      return 3;
  }
  return 3;
}

}  // namespace

// One that was chosen with COLLATE wins; else the one of which least is known.
Result<Collation> Resolver::common_collation(const std::vector<Typed>& typed) {
  Collation common = Collation::None;
  for (const Typed& each : typed) {
    if (!is_text(each.type.kind)) continue;
    if (each.has_chosen_collation) return each.type.collation;
    if (strictness(each.type.collation) > strictness(common)) common = each.type.collation;
  }
  return common;
}

// A column's "C" wins over the database's default, and loses to nothing else; which of the two the
// other one is, is not known here.
bool Resolver::is_mixed(const std::vector<Typed>& typed) {
  bool has_bytes = false;
  bool has_other = false;
  for (const Typed& each : typed) {
    if (!is_text(each.type.kind)) continue;
    if (each.has_chosen_collation) return false;
    if (each.type.has_mixed_collation) return true;
    has_bytes = has_bytes || each.type.collation == Collation::Bytes;
    has_other = has_other || each.type.collation == Collation::Equality;
  }
  return has_bytes && has_other;
}

// Source: PostgreSQL documentation, section "Collation Support".
Status Resolver::check_collation(std::string_view name, const std::vector<Typed>& arguments,
                                 std::uint32_t offset) {
  // With a comparison both sides are texts, or none is.
  const bool has_other = name != "split_part" &&
                         std::any_of(arguments.begin(), arguments.end(),
                                     [](const Typed& each) { return !is_text(each.type.kind); });
  const bool maps_case = name == "lower" || name == "upper";
  if (maps_case && is_mixed(arguments)) {
    return refuse(offset,
                  std::string(name) + " on texts of several collations needs COLLATE \"C\"");
  }
  if (has_other || !compares(name)) return {};
  TRY_ASSIGN(const Collation collation, common_collation(arguments));
  if (collation == Collation::Forbidden) {
    return refuse(offset, std::string(name) +
                              " on a text with a nondeterministic collation is not supported: "
                              "what it takes for equal is not known here");
  }
  if (is_order(name) && collation != Collation::Bytes) {
    return refuse(offset, std::string(name) +
                              " on texts needs COLLATE \"C\": the server's order of texts is not "
                              "known here");
  }
  return {};
}

}  // namespace slotcast::sql
