#pragma once

#include <map>
#include <string>

#include "lib/pg/connection.h"

// Who lets a publication leave something out: written into its comment, since two pipelines with
// one publication would undo each other's column lists and filters, each missing what the other one
// does not need. A comment of somebody else is left as it is; then there is no mark.

namespace slotcast::pg {

struct Mark {
  bool has_comment = false;  // somebody's
  std::string slot;          // of the pipeline; empty: no mark
  bool is_alive = false;     // the server has that slot
};

// Of our publications, as far as they exist, by name.
Result<std::map<std::string, Mark>> read_marks(Connection& connection, const Options& options);

std::string mark_ddl(const std::string& publication, const std::string& slot);
std::string unmark_ddl(const std::string& publication);

}  // namespace slotcast::pg
