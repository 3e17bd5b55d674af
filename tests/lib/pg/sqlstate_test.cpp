#include "lib/pg/sqlstate.h"

#include <catch2/catch.hpp>

using namespace slotcast;
using pg::kind_of_sqlstate;

TEST_CASE("sqlstate: what only an operator can cure stops, what time cures is tried again",
          "[pg]") {
  struct Case {
    const char* sqlstate;
    ErrorKind kind;
    const char* when;
  };
  const Case cases[] = {
      {"28P01", ErrorKind::Invalid, "wrong password"},
      {"28000", ErrorKind::Invalid, "no such role, or no line in pg_hba.conf"},
      {"3D000", ErrorKind::Invalid, "no such database"},
      {"42501", ErrorKind::Invalid, "missing rights"},
      {"42704", ErrorKind::Invalid, "no such slot or publication"},
      {"42710", ErrorKind::Invalid, "the slot is there already"},
      {"55000", ErrorKind::Invalid, "wal_level, or a slot that was invalidated"},
      {"25006", ErrorKind::Invalid, "the role is read-only by default"},
      {"55006", ErrorKind::Transient, "the slot is active for another process"},
      {"08006", ErrorKind::Transient, "connection failure"},
      {"57P01", ErrorKind::Transient, "shut down by the administrator"},
      {"57P03", ErrorKind::Transient, "still starting up"},
      {"53300", ErrorKind::Transient, "too many connections"},
      {"53400", ErrorKind::Transient, "all replication slots are in use"},
      {"XX000", ErrorKind::Transient, "internal error"},
      {"99999", ErrorKind::Transient, "unknown to us"},
      {"", ErrorKind::Transient, "no code at all"},
  };
  for (const Case& c : cases) {
    INFO(c.sqlstate << ": " << c.when);
    CHECK(kind_of_sqlstate(c.sqlstate) == c.kind);
  }
}
