#pragma once

#include <map>
#include <memory>
#include <set>
#include <tuple>

#include "connectors/stage/definition.h"
#include "connectors/stage/options.h"
#include "connectors/stage/pattern.h"
#include "connectors/stage/place.h"
#include "connectors/stage/stage_file.h"
#include "lib/sink/encode/row_encoder.h"
#include "lib/sink/environment.h"
#include "lib/sink/sink.h"

// Files in a place, each visible only when it is whole.
//
// A batch writes one file for each target and each shape of rows that comes there: a table whose
// columns change goes on in another file, and so does one that the place wants finished. prepare()
// makes them final, commit() visible, and adds them to the manifest. How is the place's business
// (place.h).

namespace slotcast::stage {

class StageSink final : public sink::Sink {
 public:
  // Requires that check(options) of make.h found nothing.
  StageSink(std::unique_ptr<Place> place, Pattern pattern, const Options& options,
            const sink::Environment& environment);

  sink::Judge* judge() override { return acceptance_.takes_everything() ? nullptr : &acceptance_; }
  Status open() override;
  Result<std::uint64_t> write(sink::Rows rows) override;
  Result<sink::Token> prepare() override;
  Result<sink::Recovered> commit(const sink::Token& token) override;
  Result<sink::Recovered> recover(const sink::Token& token) override;
  Status abort() override;
  Status close() override;

 private:
  // Schema, table, and the version of the columns.
  using TargetKey = std::tuple<std::string, std::string, std::string>;

  Result<StageFile*> file_for(const sink::Row& row);
  Status note_version(const Relation& relation, const std::string& table);
  Result<std::unique_ptr<StageFile>> begin_file(const Names& names, const Relation& relation);
  Result<std::string> free_name(const Names& names);
  void begin_batch();
  Error refused(const Change& change, const Error& error);
  Status flush(StageFile& file);
  Status make_room();
  Status finish(StageFile& file);
  Status release_files();
  Status discard_files();
  void forget_batch();

  const std::unique_ptr<Place> place_;
  const Pattern pattern_;
  const Options options_;
  const sink::Environment environment_;

  // The branch's thread only.
  Acceptance acceptance_;
  Definitions definitions_;
  StageFile::Tools tools_;
  std::map<TargetKey, std::unique_ptr<StageFile>> files_;  // of the open batch
  // Of each source table and target in the open batch: the version of the last row's columns.
  std::map<std::tuple<std::uint32_t, std::string, std::string>, std::string> versions_;
  std::vector<FinishedFile> finished_;  // of the open batch
  // Those of them that had to make room while the batch went on: nothing but to be discarded.
  std::vector<std::unique_ptr<StageFile>> early_;
  WallTime instant_;                // of the open batch
  std::string batch_;               // its name; empty: none is open
  std::set<std::string> chosen_;    // names of its files
  std::uint64_t last_version_ = 0;  // of the last row's relation
  std::string last_name_;           // the last row's target, as the route called it
  StageFile* last_file_ = nullptr;
  std::size_t buffered_bytes_ = 0;
  std::size_t open_files_ = 0;
  const std::unique_ptr<sink::RowEncoder> encoder_;
};

}  // namespace slotcast::stage
