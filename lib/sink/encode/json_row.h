#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "lib/base/result.h"
#include "lib/change/change.h"
#include "lib/sink/encode/buffer.h"

// A change as one line of JSON: the columns in the table's order, then
//
//     "_op":"c","_lsn":"0/16B3748","_seq":1,"_ts":"2026-11-21T05:40:12.123456Z"}
//
// NULL is null; an unchanged (TOAST) value has no key; numbers are copied digit by digit, NaN and
// the infinities are strings; json and jsonb stand as they are; booleans are true and false; every
// other type is its text. A Delete has the columns the server sent: the key, or the whole row with
// replica identity full. A Truncate has none.

namespace slotcast::sink {

// Threads: one. Errors: Rejected when a text is not valid UTF-8; Invalid when a column of the table
// has the name of one of ours, which would make the line ambiguous. On error nothing is appended.
class JsonRowEncoder {
 public:
  Status append(const Change& change, Buffer& out);

 private:
  // What is the same for all rows of a relation version.
  struct Key {
    std::uint32_t at = 0;    // of its fragment in Keys::text
    std::uint32_t size = 0;  // ,"name":
    TypeClass type_class = TypeClass::Text;
  };
  struct Keys {
    std::vector<Key> columns;
    std::string text;   // all fragments, with some bytes behind them that may be read
    std::string clash;  // a column with a name of ours; empty when there is none
  };
  // The texts that are the same for a whole transaction.
  struct Meta {
    Lsn lsn;
    PgTime time;
    char before_seq[48];  // "","_lsn":"0/16B3748","_seq":
    std::size_t before_seq_size = 0;
    char after_seq[48];  // ,"_ts":"2026-…Z"}\n
    std::size_t after_seq_size = 0;
  };

  const Keys& keys_of(const Relation& relation);
  void append_row(const Change& change, const Keys& keys, std::size_t text_bytes, Buffer& out,
                  unsigned& high);
  Status append_large_row(const Change& change, const Keys& keys, Buffer& out);
  char* write_meta(const Change& change, char* at);
  void note_transaction(const Change& change);

  std::unordered_map<std::uint64_t, Keys> keys_;  // by relation version
  std::uint64_t last_version_ = 0;
  const Keys* last_keys_ = nullptr;
  Meta meta_;
};

}  // namespace slotcast::sink
