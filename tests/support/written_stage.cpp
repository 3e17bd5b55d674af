#include "tests/support/written_stage.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "connectors/stage/definition.h"
#include "lib/base/crc32c.h"

namespace slotcast::test {
namespace {

namespace fs = std::filesystem;

// "0/10 1"
std::string place(const std::string& at) {
  const std::size_t blank = at.find(' ');
  return "{\"lsn\":\"" + at.substr(0, blank) + "\",\"seq\":" + at.substr(blank + 1) + "}";
}

}  // namespace

std::string row_text(const std::string& values, char op, const std::string& at) {
  const std::size_t blank = at.find(' ');
  return "{" + values + (values.empty() ? "" : ",") + "\"_op\":\"" + op + "\",\"_lsn\":\"" +
         at.substr(0, blank) + "\",\"_seq\":" + at.substr(blank + 1) +
         ",\"_ts\":\"2026-11-22T05:40:12.123456Z\"}\n";
}

WrittenStage::WrittenStage() {
  fs::create_directories(path("_manifest/schemas"));
  files_ = std::make_unique<replay::DirectoryFiles>(directory_.open());
}

void WrittenStage::put(const std::string& name, const std::string& bytes) const {
  fs::create_directories(fs::path(path(name)).parent_path());
  std::ofstream(path(name), std::ios::binary | std::ios::trunc) << bytes;
}

std::string WrittenStage::get(const std::string& name) const {
  std::ostringstream text;
  text << std::ifstream(path(name), std::ios::binary).rdbuf();
  return text.str();
}

void WrittenStage::add(const std::string& file, const Relation& relation,
                       const std::vector<std::string>& rows, const std::string& lowest,
                       const std::string& highest) {
  std::string text;
  for (const std::string& row : rows) text += row;
  add_bytes(file, relation, text, rows.size(), "none", lowest, highest);
}

void WrittenStage::add_bytes(const std::string& file, const Relation& relation,
                             const std::string& bytes, std::size_t rows,
                             const std::string& compress, const std::string& lowest,
                             const std::string& highest) {
  put(file, bytes);
  open_rows_ += rows;
  const std::string definition = stage::definition_of(relation);
  const std::string version = stage::version_of_definition(definition);
  put("_manifest/schemas/" + version + ".json",
      "{\"version\":\"" + version + "\"," + definition + "}\n");
  char checksum[9];
  std::snprintf(checksum, sizeof checksum, "%08x", crc32c_portable(as_bytes(bytes)));
  lines_.push_back("{\"file\":\"" + file + "\",\"schema\":\"" + relation.schema +
                   "\",\"table\":\"" + relation.table + "\",\"schema_version\":\"" + version +
                   "\",\"format\":\"jsonl\",\"compress\":\"" + compress +
                   "\",\"rows\":" + std::to_string(rows) +
                   ",\"bytes\":" + std::to_string(bytes.size()) + ",\"crc32c\":\"" + checksum +
                   "\",\"first\":" + place(lowest) + ",\"last\":" + place(highest));
}

void WrittenStage::end_batch() {
  std::string text = fs::exists(path(manifest())) ? get(manifest()) : "";
  const std::string id = std::to_string(++batches_);
  for (const std::string& line : lines_) {
    text +=
        line + ",\"batch\":\"" + id + "\",\"batch_files\":" + std::to_string(lines_.size()) + "}\n";
  }
  put(manifest(), text);
  lines_.clear();
  rows_ += std::exchange(open_rows_, 0);
}

}  // namespace slotcast::test
