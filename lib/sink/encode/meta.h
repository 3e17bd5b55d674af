#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/change/change.h"
#include "lib/sink/encode/buffer.h"
#include "lib/sink/encode/mistakes.h"
#include "lib/sink/encode/put.h"

// The columns that slotcast adds to a table's own: what happened, and where.

namespace slotcast::sink {

enum class Meta : std::uint8_t {
  Op,         // _op: c, u, d, r, t, b or e
  Lsn,        // _lsn: where it committed
  Seq,        // _seq: its number in the transaction
  Ts,         // _ts: when it committed
  Xid,        // _xid: the transaction's number; 0 of a row that was read from its table
  Unchanged,  // _unchanged: a JSON array of the columns whose values the server did not send
};
using MetaColumns = std::vector<Meta>;

std::string_view name_of(Meta meta);

// By their names, as `meta:` lists them; a mistake for each that is unknown or there twice.
MetaColumns read_meta(const std::vector<std::string>& names, Mistakes& mistakes);

bool has(const MetaColumns& columns, Meta meta);
// One of the relation's columns that has the name of one of these, which would make the row
// ambiguous; null when there is none.
const Column* clash_of(const Relation& relation, const MetaColumns& columns);
Error clash_error(const Relation& relation, const Column& column);

// The end of a row: the meta columns in their order and the end of the line. What is the same for a
// whole transaction is made once for it.
class MetaTail {
 public:
  // What stands on both sides of a value.
  struct Around {
    std::string before;
    std::string after;
  };

  // `end` stands behind the last one.
  MetaTail(const MetaColumns& columns, const std::vector<Around>& around, const std::string& end);

  // What write() needs at most, without what put_unchanged writes.
  std::size_t bytes_max() const { return bytes_max_; }

  // put_unchanged(at) writes the value of `_unchanged` and returns its end.
  template <class PutUnchanged>
  char* write(const Change& change, char* at, PutUnchanged put_unchanged) {
    const bool same =
        change.id.commit_lsn == lsn_ && change.commit_time == time_ && change.xid == xid_;
    if (!same || text_.size() == 0) note_transaction(change);
    const char* const text = text_.text().data();
    at = put_padded(at, text, first_size_);
    for (const Slot& slot : slots_) {
      if (slot.meta == Meta::Op) {
        *at++ = static_cast<char>(change.operation);
      } else if (slot.meta == Meta::Seq) {
        at = put_number(at, change.id.ordinal);
      } else {
        at = put_unchanged(at);
      }
      at = put_padded(at, text + slot.text_at, slot.text_size);
    }
    return at;
  }

 private:
  // A value that is another one in each row, and where in text_ what follows it is.
  struct Slot {
    Meta meta;
    std::size_t text_at = 0;
    std::size_t text_size = 0;
  };

  static char* put_number(char* at, std::uint64_t number);
  void note_transaction(const Change& change);
  void append_value(Meta meta);

  const MetaColumns columns_;
  const std::vector<Around> around_;
  const std::string end_;
  std::size_t bytes_max_ = 0;
  Lsn lsn_;
  PgTime time_;
  std::uint32_t xid_ = 0;
  Buffer text_;  // all that is the same in each row, with some bytes behind it that may be read
  std::size_t first_size_ = 0;  // of what stands before the first slot
  std::vector<Slot> slots_;
};

}  // namespace slotcast::sink
