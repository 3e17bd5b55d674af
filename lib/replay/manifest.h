#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/change/change.h"
#include "lib/replay/file_lines.h"

// What a stage's manifest says of its files, batch by batch (connectors/stage/MANIFEST.md).

namespace slotcast::replay {

// What is said of one file.
struct FileEntry {
  std::uint64_t line = 0;  // of the manifest, from 1
  std::string file;        // relative to the stage
  std::string schema;
  std::string table;
  std::string schema_version;
  Compression compression = Compression::None;
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  std::uint32_t crc32c = 0;
  ChangeId lowest;
  ChangeId highest;
};

// Files that became visible together: no transaction is in two batches.
struct Batch {
  std::vector<FileEntry> files;
  std::uint64_t rows = 0;
  Lsn highest;
};

// How far a manifest was read: so many lines, with this checksum of their text. Who has it notices
// that lines were removed or changed since.
struct ManifestPlace {
  std::uint64_t lines = 0;
  std::uint32_t crc32c = 0;
  bool operator==(const ManifestPlace&) const = default;
};

// Reads a manifest from its beginning. Memory does not grow with it.
// Threads: one. Errors: Invalid or Corrupt name manifest and line.
class ManifestReader {
 public:
  // `name`: "shop-lake.jsonl". The files must outlive it.
  ManifestReader(StageFiles& files, const std::string& name);
  ~ManifestReader();

  // The next batch; nothing when the manifest has no more whole one: ask again when it has grown.
  // Invalid when it is another file than the one that was read so far, Corrupt when lines are
  // missing in its middle; at its beginning they may have been removed.
  Result<std::optional<Batch>> next();
  // Behind the last batch returned.
  const ManifestPlace& place() const { return place_; }
  // Behind that there is something: half a line, or a part of a batch.
  bool has_rest() const { return !batch_.files.empty() || rest_bytes_ > 0; }

 private:
  struct Line {
    FileEntry entry;
    std::string batch;
    std::uint64_t batch_files = 0;
    std::uint32_t crc32c = 0;  // of the text up to its end
  };
  struct Parser;

  Status check_last();
  Result<std::optional<Line>> read();
  std::optional<Batch> give();

  StageFiles& files_;
  const std::string path_;
  FileLines lines_;
  const std::unique_ptr<Parser> parser_;
  std::uint64_t line_ = 0;    // the last one read
  std::string last_;          // its text
  std::uint32_t crc32c_ = 0;  // up to its end
  std::size_t rest_bytes_ = 0;
  std::optional<Line> ahead_;
  Batch batch_;  // as far as it was read
  std::string batch_id_;
  std::uint64_t batch_files_ = 0;
  std::uint32_t batch_crc32c_ = 0;
  ManifestPlace place_;
};

}  // namespace slotcast::replay
