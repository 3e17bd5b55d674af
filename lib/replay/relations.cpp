#include "lib/replay/relations.h"

#include <openssl/evp.h>

#include "lib/base/ensure.h"
#include "lib/sink/encode/read_columns.h"

namespace slotcast::replay {
namespace {

// PostgreSQL's tables have at most 1,600 columns; an enum's labels are counted with each.
constexpr std::size_t kFileBytesMax = std::size_t{16} << 20;
constexpr std::size_t kVersionBytes = 16;

// As the stage makes it: of what stands behind it.
std::string version_of(std::string_view definition) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  ENSURE(EVP_Digest(definition.data(), definition.size(), digest, nullptr, EVP_sha256(), nullptr) ==
         1);
  sink::Buffer out;
  sink::append_hex(out, {reinterpret_cast<const char*>(digest), kVersionBytes});
  return std::string(out.text());
}

bool is_version(std::string_view text) {
  return text.size() == 2 * kVersionBytes && sink::parse_hex(text).has_value();
}

}  // namespace

Result<RelationPtr> Relations::of(const FileEntry& entry) {
  Key key{entry.schema, entry.table, entry.schema_version};
  const auto known = known_.find(key);
  if (known != known_.end()) return known->second;
  if (!is_version(entry.schema_version)) {
    return corrupt("\"schema_version\" is missing or damaged");
  }
  const std::string path = "_manifest/schemas/" + entry.schema_version + ".json";
  auto relation = read(entry);
  if (!relation.ok()) return relation.error().prefixed("columns in " + path);
  return known_[std::move(key)] = std::make_shared<const Relation>(std::move(relation).value());
}

Result<Relation> Relations::read(const FileEntry& entry) {
  const std::string& version = entry.schema_version;
  TRY_ASSIGN(const std::string text,
             files_.read_small("_manifest/schemas/" + version + ".json", kFileBytesMax));
  const std::string before = "{\"version\":\"" + version + "\",";
  const bool is_framed = text.starts_with(before) && text.ends_with("}\n");
  if (!is_framed || version_of(std::string_view(text).substr(
                        before.size(), text.size() - before.size() - 2)) != version) {
    return corrupt("damaged: they are not those that the version stands for");
  }
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) {
    return corrupt("not JSON");
  }
  std::deque<std::string> owned;
  std::string wrong;
  sink::Members in(root, owned, wrong);
  Relation relation;
  relation.version = next_relation_version();
  relation.schema = entry.schema;
  relation.table = entry.table;
  relation.replica_identity = in.letter("identity");
  relation.is_full_in_part = in.flag("full_in_part");
  relation.columns = sink::read_columns(in, "columns");
  if (!wrong.empty()) return corrupt("\"" + wrong + "\" is missing or damaged");
  return relation;
}

}  // namespace slotcast::replay
