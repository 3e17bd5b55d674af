#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/base/result.h"
#include "lib/sink/sink.h"

// What a stage batch's token says: which unfinished file becomes which final one, and what the
// manifest will say of it. Text, a line a file, so that a person can read it in the journal:
//
//     stage 2 <what the place has to know>
//     <handle> TAB <path> TAB <the manifest's line>

namespace slotcast::stage {

struct PreparedFile {
  std::string handle;      // see place.h
  std::string final_path;  // relative to the stage
  std::string line;        // of the manifest, without its end
};

struct PreparedBatch {
  std::string place;
  std::vector<PreparedFile> files;

  std::string manifest_lines() const;
};

sink::Token encode(const PreparedBatch& batch);
// Corrupt when it is not one of ours, Invalid when another version wrote it.
Result<PreparedBatch> decode_token(const sink::Token& token);

}  // namespace slotcast::stage
