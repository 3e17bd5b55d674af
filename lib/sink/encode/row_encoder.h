#pragma once

#include "lib/base/result.h"
#include "lib/change/change.h"
#include "lib/sink/encode/buffer.h"

namespace slotcast::sink {

// Changes as the bytes of a file.
// Threads: one. Errors: Rejected when this change cannot be written, Invalid when none of the table
// can. On error nothing is appended.
class RowEncoder {
 public:
  virtual ~RowEncoder() = default;

  // What stands at the head of a file that begins with rows of `relation`.
  virtual Status begin(const Relation& relation, Buffer& out) = 0;
  virtual Status append(const Change& change, Buffer& out) = 0;

  // Whether a file that begins with rows of `first` may go on with rows of `next`.
  virtual bool fits_behind(const Relation& first, const Relation& next) const = 0;
};

}  // namespace slotcast::sink
