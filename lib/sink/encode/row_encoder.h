#pragma once

#include "lib/base/result.h"
#include "lib/change/change.h"
#include "lib/sink/encode/buffer.h"

namespace slotcast::sink {

// Changes as the bytes of a file.
// Threads: one. Errors: Rejected when this change cannot be written, and then says only what is
// wrong with it; Invalid when none of the table can. On error nothing is appended.
class RowEncoder {
 public:
  virtual ~RowEncoder() = default;

  // What stands at the head of a file that begins with rows of `relation`.
  virtual Status begin(const Relation& relation, Buffer& out) = 0;
  virtual Status append(const Change& change, Buffer& out) = 0;
};

}  // namespace slotcast::sink
