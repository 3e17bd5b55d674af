#pragma once

#include <string_view>

#include "lib/base/result.h"

namespace slotcast::pg {

// What an SQLSTATE asks of us: the one place that knows. Unknown ones are Transient: the daemon
// goes on trying and says so, rather than give up on something a restart of the server cures.
// Source: PostgreSQL documentation, appendix A, "PostgreSQL Error Codes".
ErrorKind kind_of_sqlstate(std::string_view sqlstate);

}  // namespace slotcast::pg
