#include "lib/pg/sqlstate.h"

#include <array>
#include <utility>

namespace slotcast::pg {
namespace {

// The longest prefix that fits decides.
constexpr std::array<std::pair<std::string_view, ErrorKind>, 14> kKinds{{
    {"08", ErrorKind::Transient},     // connection exceptions
    {"0A", ErrorKind::Invalid},       // feature not supported
    {"22", ErrorKind::Invalid},       // data exceptions: a value of ours is malformed
    {"25006", ErrorKind::Invalid},    // read-only: the role's default, or a standby
    {"28", ErrorKind::Invalid},       // authorization
    {"3D000", ErrorKind::Invalid},    // no such database
    {"3F000", ErrorKind::Invalid},    // no such schema
    {"42", ErrorKind::Invalid},       // syntax, missing objects, missing rights
    {"53", ErrorKind::Transient},     // out of memory, disk, connections
    {"55000", ErrorKind::Invalid},    // not in prerequisite state: wal_level, a lost slot
    {"55006", ErrorKind::Transient},  // object in use: the slot is active for another process
    {"57", ErrorKind::Transient},     // shutdown, starting up, cancelled
    {"58P01", ErrorKind::Invalid},    // a file of the server is missing
    {"XX", ErrorKind::Transient},     // internal errors
}};

}  // namespace

ErrorKind kind_of_sqlstate(std::string_view sqlstate) {
  std::size_t best = 0;
  ErrorKind kind = ErrorKind::Transient;
  for (const auto& [prefix, meaning] : kKinds) {
    if (sqlstate.starts_with(prefix) && prefix.size() > best) {
      best = prefix.size();
      kind = meaning;
    }
  }
  return kind;
}

}  // namespace slotcast::pg
