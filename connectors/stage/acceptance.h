#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "lib/sink/encode/row_encoder.h"
#include "lib/sink/sink.h"

// Which rows a stage takes: what `mode` and `not_null` say, and what its format can.

namespace slotcast::stage {

enum class Mode {
  Changes,       // all that happens
  Append,        // rows that are new; nothing that alters or removes what is there
  SnapshotOnly,  // rows that were read from the table, and no changes
};

constexpr const char* name_of(Mode mode) {
  switch (mode) {
    case Mode::Changes:
      return "changes";
    case Mode::Append:
      return "append";
    case Mode::SnapshotOnly:
      return "snapshot-only";
  }
  return "unknown";
}

// The marks of a resync pass in every mode: they are about files, not about rows.
class Acceptance final : public sink::Judge {
 public:
  // The columns count in the tables that have them, for the new rows: of what is deleted a NULL
  // does no harm any more, and a value that the server did not send is none.
  Acceptance(Mode mode, std::vector<std::string> not_null)
      : mode_(mode), not_null_(std::move(not_null)) {}

  // From now on each row is written once for nothing, by `encoder`, to see whether it can be.
  void try_each(sink::RowEncoder& encoder) { encoder_ = &encoder; }
  bool takes_everything() const {
    return mode_ == Mode::Changes && not_null_.empty() && encoder_ == nullptr;
  }
  std::optional<sink::Refusal> refuse(const sink::Row& row) override;

 private:
  std::optional<sink::Refusal> refuse_null(const Change& change);
  const std::vector<std::size_t>& columns_of(const Relation& relation);

  const Mode mode_;
  const std::vector<std::string> not_null_;
  sink::RowEncoder* encoder_ = nullptr;
  sink::Buffer trial_;
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> columns_;  // by relation version
  std::uint64_t last_version_ = 0;
  const std::vector<std::size_t>* last_columns_ = nullptr;
};

}  // namespace slotcast::stage
