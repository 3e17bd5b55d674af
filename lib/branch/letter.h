#pragma once

#include <string_view>

#include "lib/base/clock.h"
#include "lib/change/change.h"
#include "lib/sink/encode/buffer.h"

// A row that did not get through to its sink, and why: an entry of a dead-letter file.

namespace slotcast::branch {

// Owns nothing; valid as long as what it points to.
struct Letter {
  const Change* change = nullptr;
  std::uint64_t batch = 0;    // of the branch: the row was missing in that one
  std::string_view route;     // for people: "routes[1] (pipeline.yaml:14)"
  std::string_view target;    // as sink::Row has it
  std::string_view sqlstate;  // "22P02"
  std::string_view error;
  WallTime at;  // when it failed for the first time
};

// One line of JSON, newline included:
//
//     {"at":"2026-11-21T05:40:12.123456Z","batch":17,"lsn":"0/16B3748","seq":1,
//      "ts":"2026-11-21T05:40:11.000000Z","xid":731,"op":"u",
//      "table":{"schema":"public","name":"t","oid":16384,"identity":"d","columns":[
//        {"name":"id","type":20,"modifier":-1,"class":"integer","type_name":"bigint","key":true,
//         "primary_key":true},
//        {"name":"v","type":16402,"modifier":-1,"class":"text","type_name":"mood","base":16388,
//         "base_kind":"e","labels":["ok","sad"]},…]},
//      "route":"routes[1] (pipeline.yaml:14)","target":"t","sqlstate":"22P02","error":"…",
//      "row":{"id":"1","v":null},"old":{"id":"1"}}
//
// A cell is its text as the server sent it, whatever its type, or null; what was not sent has no
// key. A change without a row has no "row", one without an old row no "old". "key", "primary_key"
// and "full_in_part" are there when they are true.
// "type_name" is there when the catalog was asked. What it said of the type behind domains follows
// where it is not the usual: "base" (else the type itself), "base_modifier" (else the column's),
// "base_kind" (pg_type.typtype; else "b"), "collation" (as Collation has it; else "-"), and the
// "labels" of an enum. Letters of older versions have none of these.
// A text that is not UTF-8 is {"hex":"00ff…"}. A key cannot be an object: where a column's name is
// not UTF-8, the keys of that row are all "\x" and the name in hexadecimal digits.
void append_line(const Letter& letter, sink::Buffer& out);

}  // namespace slotcast::branch
