#pragma once

#include <string>
#include <string_view>

#include "connectors/kafka/format/value_type.h"

namespace slotcast::kafka {

// Whether a format can write a text as that type.
using Fits = bool (*)(const ValueType& type, std::string_view text);

// Why it cannot, as in "column a holds …"; empty when it can. Of an array, what its first bad
// element is.
std::string find_fault(const ValueType& type, std::string_view text, Fits fits);

}  // namespace slotcast::kafka
