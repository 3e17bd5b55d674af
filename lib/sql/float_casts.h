#pragma once

#include <span>

#include "lib/sql/builtin.h"

namespace slotcast::sql {

// Between float4, float8 and all other numbers, as pg_cast has them.
std::span<const Cast> float_casts();

}  // namespace slotcast::sql
