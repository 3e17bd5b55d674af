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
  struct Keys {
    std::vector<std::string> fragments;  // ,"name":
    std::string clash;                   // a column with a name of ours; empty when there is none
  };

  const Keys& keys_of(const Relation& relation);
  Status append_columns(const Change& change, const Keys& keys, Buffer& out);
  static bool append_cell(const Column& column, const Cell& cell, Buffer& out);
  void append_meta(const Change& change, Buffer& out);

  std::unordered_map<std::uint64_t, Keys> keys_;  // by relation version
  std::uint64_t last_version_ = 0;
  const Keys* last_keys_ = nullptr;
  // The part of the meta that is the same for a whole transaction.
  Lsn last_lsn_;
  PgTime last_time_;
  std::string lsn_text_;   // ","_lsn":"0/16B3748","_seq":
  std::string time_text_;  // ,"_ts":"2026-…Z"}\n
};

}  // namespace slotcast::sink
