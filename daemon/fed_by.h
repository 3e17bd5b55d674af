#pragma once

#include <optional>
#include <string>

#include "lib/io/file.h"
#include "lib/replay/manifest.h"

namespace slotcast {

// What a state directory's sinks are fed by, where that is not a slot: the manifest of a stage, and
// how much of it they may have been told of. Their positions count its rows, so it has to begin as
// it did.
struct FedBy {
  std::string manifest;
  replay::ManifestPlace place;
};

// Nothing when it is fed by a slot, or by nothing yet. In the state file "files".
Result<std::optional<FedBy>> read_fed_by(io::Directory& state);
// Durable when it returns.
Status write_fed_by(io::Directory& state, const FedBy& fed_by);

// Invalid when its sinks are fed by files.
Status refuse_fed_by_files(io::Directory& state);

}  // namespace slotcast
