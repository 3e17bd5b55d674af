#pragma once

#include <cstdint>
#include <string>

#include "connectors/stage/compression.h"
#include "connectors/stage/pattern.h"
#include "lib/change/change.h"

// What the manifest says of a file. MANIFEST.md is the format, for those who read it.

namespace slotcast::stage {

struct ManifestEntry {
  std::string file;  // relative to the stage
  Names names;
  std::string schema_version;
  std::string format;
  Compression compression = Compression::None;
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;   // as they lie there
  std::uint32_t crc32c = 0;  // of these bytes
  ChangeId lowest;
  ChangeId highest;
  std::string batch;
  std::size_t batch_files = 0;
};

// One line of JSON, without its end.
std::string line_of(const ManifestEntry& entry);

}  // namespace slotcast::stage
