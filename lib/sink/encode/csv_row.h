#pragma once

#include <string>
#include <vector>

#include "lib/sink/encode/csv_options.h"
#include "lib/sink/encode/csv_text.h"
#include "lib/sink/encode/meta.h"
#include "lib/sink/encode/relation_cache.h"
#include "lib/sink/encode/row_encoder.h"

// A change as one record of CSV: the columns in the table's order, then those of `meta:`. Every
// record of a table has the same fields.
//
// NULL is the null text; so is what the server did not send (an unchanged TOAST value, the columns
// of a deleted row beyond its key, all columns of a Truncate), and then `_unchanged` names the
// column: ["note","body"]. Without `_unchanged` a value that was not sent is refused, but for the
// rows whose `_op` says that they have none but the key.
//
// Booleans are true and false; every other type is its text, enclosed only when it has to be.

namespace slotcast::sink {

// Errors: Rejected when a text is not valid UTF-8, or the row cannot say what was not sent; Invalid
// when a column of the table has the name of one of `meta:`, or its records could be empty lines.
class CsvRowEncoder final : public RowEncoder {
 public:
  // Requires that check(options) found nothing.
  explicit CsvRowEncoder(const CsvOptions& options = {});

  // The header, when there is one.
  Status begin(const Relation& relation, Buffer& out) override;
  Status append(const Change& change, Buffer& out) override;

 private:
  struct Field {
    TypeClass type_class = TypeClass::Text;
    // In Fields::names: ,"name" as `_unchanged` has it.
    std::uint32_t name_at = 0;
    std::uint32_t name_size = 0;
  };
  // What is the same for all rows of a relation version.
  struct Fields {
    std::vector<Field> columns;
    std::string names;  // of all columns, with some bytes behind them that may be read
    bool is_refused = false;
  };

  void make_fields(const Relation& relation, Fields& fields) const;
  const Fields& fields_of(const Relation& relation);
  Status check_relation(const Relation& relation) const;
  Status check_row(const Change& change) const;
  std::string inside(std::string_view text) const;
  char* put_null(char* at) const;
  char* put_cell(char* at, TypeClass type_class, const Cell& cell, unsigned& flags) const;
  char* put_names(char* at, const Change& change, const Fields& fields) const;
  char* put_end(const Change& change, const Fields& fields, char* at, unsigned flags);
  std::size_t end_bytes_max(const Fields& fields) const;
  void append_row(const Change& change, const Fields& fields, std::size_t text_bytes, Buffer& out,
                  unsigned& flags);
  void append_large_row(const Change& change, const Fields& fields, Buffer& out, unsigned& flags);

  const CsvOptions options_;
  const MetaColumns meta_;
  const bool has_unchanged_;
  const bool has_operation_;
  const char separator_;
  const CsvText text_;
  const std::string null_text_;  // with some bytes behind it that may be read
  const std::size_t null_size_;
  MetaTail tail_;
  // The parts of `_unchanged`.
  std::string no_names_;
  std::string names_begin_;
  std::string names_end_;
  std::size_t comma_size_ = 0;
  RelationCache<Fields> fields_;
};

}  // namespace slotcast::sink
