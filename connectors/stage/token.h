#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/sink/sink.h"

// What a stage batch's token says: which temporary file becomes which final one. Text, a line a
// file, so that a person can read it in the journal.

namespace slotcast::stage {

struct PreparedFile {
  std::string temporary;   // name in the sink's temporary directory
  std::string final_path;  // relative to the stage
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
};

struct PreparedBatch {
  std::string stage;  // the identity of the temporary directory, see stage_sink.h
  std::vector<PreparedFile> files;
};

sink::Token encode(const PreparedBatch& batch);
// Corrupt when it is not one of ours, Invalid when a newer version wrote it.
Result<PreparedBatch> decode_token(const sink::Token& token);

}  // namespace slotcast::stage
