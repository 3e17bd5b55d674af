#include "connectors/null/null_sink.h"

namespace slotcast::null {

Result<std::uint64_t> NullSink::write(sink::Rows rows) {
  std::uint64_t bytes = 0;
  for (const sink::Row& row : rows) {
    for (const Cell& cell : row.change->row) bytes += cell.size;
  }
  return bytes;
}

}  // namespace slotcast::null
