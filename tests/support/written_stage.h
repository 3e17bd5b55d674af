#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lib/change/lsn.h"
#include "lib/change/relation.h"
#include "lib/replay/stage_files.h"
#include "tests/support/temp_dir.h"

namespace slotcast::test {

// A stage written by hand, on the real disk: a test says what stands in each file, and what the
// manifest says of it.
class WrittenStage {
 public:
  static constexpr const char* kManifest = "shop-lake.jsonl";

  WrittenStage();

  // A file of the batch that is open; `rows` are whole lines. What the manifest says of it is true.
  void add(const std::string& file, const Relation& relation, const std::vector<std::string>& rows,
           const std::string& lowest, const std::string& highest);
  // The same for bytes as they are to lie there.
  void add_bytes(const std::string& file, const Relation& relation, const std::string& bytes,
                 std::size_t rows, const std::string& compress, const std::string& lowest,
                 const std::string& highest);
  // The manifest gets the lines of the batch.
  void end_batch();

  // Any file, as it is to be.
  void put(const std::string& path, const std::string& bytes) const;
  std::string get(const std::string& path) const;
  std::string path(const std::string& name) const { return directory_.path() + "/" + name; }
  std::string manifest() const { return std::string("_manifest/") + kManifest; }

  replay::StageFiles& files() { return *files_; }
  // Of the batches that have ended.
  Sequence rows() const { return {rows_}; }

 private:
  TempDir directory_;
  std::unique_ptr<replay::StageFiles> files_;
  std::vector<std::string> lines_;  // of the open batch, but for their end
  std::uint64_t open_rows_ = 0;
  std::uint64_t rows_ = 0;
  int batches_ = 0;
};

// A row of JSON: {<values>,"_op":…}; `at` is its (_lsn, _seq) as "0/10 1".
std::string row_text(const std::string& values, char op, const std::string& at);

}  // namespace slotcast::test
