#pragma once

#include <optional>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/change/catalog.h"

// The payload of a Catalog record. It stands in the log, so that old records read right after any
// later DDL, and readers never ask the server.

namespace slotcast::pgoutput {

std::vector<std::byte> encode(const Catalog& catalog);
// Of records of before there were collations, texts are said to have an order of the server's own.
std::optional<Catalog> decode_catalog(Bytes bytes);

}  // namespace slotcast::pgoutput
