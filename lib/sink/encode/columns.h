#pragma once

#include "lib/change/relation.h"
#include "lib/sink/encode/buffer.h"

// The columns of a table, for whoever reads its rows again: dead letters, a stage's manifest.

namespace slotcast::sink {

// A JSON array with an object a column, in the table's order:
//
//     {"name":"id","type":20,"modifier":-1,"class":"integer","type_name":"bigint","key":true,
//      "primary_key":true}
//
// "key" and "primary_key" are there when they are true. "type_name" is there when the catalog was
// asked. What it said of the type behind domains follows where it is not the usual: "base" (else
// the type itself), "base_modifier" (else the column's), "base_kind" (pg_type.typtype; else "b"),
// "collation" (as Collation has it; else "-"), and the "labels" of an enum. A text that is not
// UTF-8 is {"hex":"00ff…"}.
void append_columns(Buffer& out, const Relation& relation);

}  // namespace slotcast::sink
