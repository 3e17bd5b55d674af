#include "connectors/stage/definition.h"

#include <openssl/evp.h>

#include "lib/base/ensure.h"
#include "lib/sink/encode/columns.h"
#include "lib/sink/encode/json_member.h"

namespace slotcast::stage {
namespace {

constexpr std::size_t kVersionBytes = 16;
// Far above the tables of one source; reached only when their definitions keep changing.
constexpr std::size_t kRelationsMax = 20'000;

}  // namespace

std::string definition_of(const Relation& relation) {
  sink::Buffer out;
  sink::put_letter(out, "\"identity\":", relation.replica_identity);
  if (relation.is_full_in_part) out.append(",\"full_in_part\":true");
  out.append(",\"columns\":");
  sink::append_columns(out, relation);
  return std::string(out.text());
}

std::string version_of_definition(const std::string& definition) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  ENSURE(EVP_Digest(definition.data(), definition.size(), digest, nullptr, EVP_sha256(), nullptr) ==
         1);
  sink::Buffer out;
  sink::append_hex(out, {reinterpret_cast<const char*>(digest), kVersionBytes});
  return std::string(out.text());
}

const std::string& Definitions::version_of(const Relation& relation) {
  const auto known = versions_.find(relation.version);
  if (known != versions_.end()) return known->second;
  if (versions_.size() >= kRelationsMax) versions_.clear();
  return versions_.emplace(relation.version, version_of_definition(definition_of(relation)))
      .first->second;
}

Status Definitions::keep(const Relation& relation) {
  const std::string definition = definition_of(relation);
  const std::string version = version_of_definition(definition);
  return place_.keep("_manifest/schemas/" + version + ".json",
                     "{\"version\":\"" + version + "\"," + definition + "}\n");
}

}  // namespace slotcast::stage
