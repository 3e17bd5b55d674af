#pragma once

#include <string>
#include <vector>

#include "lib/sink/encode/json_options.h"
#include "lib/sink/encode/meta.h"
#include "lib/sink/encode/relation_cache.h"
#include "lib/sink/encode/row_encoder.h"

// A change as one line of JSON: the columns in the table's order, then those of `meta:`
//
//     "_op":"c","_lsn":"0/16B3748","_seq":1,"_ts":"2026-11-21T05:40:12.123456Z"}
//
// NULL is null; an unchanged (TOAST) value has no key; numbers are copied digit by digit; json and
// jsonb stand as they are; booleans are true and false; every other type is its text. A Delete has
// the columns the server sent: the key, or the whole row with replica identity full. A Truncate has
// none.

namespace slotcast::sink {

// Errors: Rejected when a text is not valid UTF-8, or a number has no JSON and nan is `error`;
// Invalid when a column of the table has the name of one of `meta:`.
class JsonRowEncoder final : public RowEncoder {
 public:
  // Requires that check(options) found nothing.
  explicit JsonRowEncoder(const JsonOptions& options = {});

  Status begin(const Relation& relation, Buffer& out) override;
  Status append(const Change& change, Buffer& out) override;

 private:
  enum class Nan : std::uint8_t { String, Null, Error };
  // What is the same for all rows of a relation version.
  struct Key {
    std::uint32_t at = 0;    // of its fragment in Keys::text
    std::uint32_t size = 0;  // ,"name":
    TypeClass type_class = TypeClass::Text;
  };
  struct Keys {
    std::vector<Key> columns;
    std::string text;  // all fragments, with some bytes behind them that may be read
    bool has_clash = false;
  };

  const Keys& keys_of(const Relation& relation);
  void make_keys(const Relation& relation, Keys& keys) const;
  void append_row(const Change& change, const Keys& keys, std::size_t text_bytes, Buffer& out,
                  unsigned& flags);
  Status append_large_row(const Change& change, const Keys& keys, Buffer& out);
  void append_cell(Buffer& out, const Key& key, const Cell& cell, unsigned& flags) const;
  char* put_cell(char* at, TypeClass type_class, const Cell& cell, unsigned& flags) const;
  char* put_no_number(char* at, std::string_view text, unsigned& flags) const;
  char* put_end(const Change& change, char* start, char* at);
  Status check_cells(const Change& change) const;

  const MetaColumns meta_;
  const Nan nan_;
  MetaTail tail_;
  RelationCache<Keys> keys_;
};

}  // namespace slotcast::sink
