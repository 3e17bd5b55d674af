#pragma once

#include <optional>
#include <string>

#include "lib/io/file.h"

// A small file that people may read, replaced as a whole: a reader finds the old contents or the
// new, never a mixture, whatever happens.
//
// Form: one line "slotcast-state 1 <CRC-32C of the rest, 8 hex digits>\n", then the contents.

namespace slotcast::io {

// Durable when it returns.
Status write_state_file(Directory& directory, const std::string& name, std::string_view contents);

// Nothing when there is no such file. Corrupt when the checksum does not fit; Invalid when a newer
// version wrote it.
Result<std::optional<std::string>> read_state_file(Directory& directory, const std::string& name);

}  // namespace slotcast::io
