#pragma once

#include <string_view>

#include "lib/sink/encode/buffer.h"

namespace slotcast::kafka {

// The text of an hstore, "a"=>"x", "b"=>NULL, as a JSON object of texts and nulls, behind what
// `out` has. False when it is none, or not UTF-8; `out` may have a part of it then. Source:
// PostgreSQL documentation, hstore, "External Representation".
bool append_hstore(sink::Buffer& out, std::string_view text, sink::Buffer& scratch);

}  // namespace slotcast::kafka
