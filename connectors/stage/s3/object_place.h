#pragma once

#include <map>
#include <memory>
#include <string>

#include "connectors/stage/place.h"
#include "connectors/stage/s3/object_stage.h"

// A stage in a bucket, for StageSink: object_stage.h says how objects become visible.
//
// An object cannot grow, so the manifest is one for each batch:
// <prefix>_manifest/<pipeline>-<sink>/<batch>.jsonl. It is written after the batch's objects, and
// by each commit anew, with the same contents.

namespace slotcast::stage::s3 {

class ObjectPlace final : public Place {
 public:
  // `owner` as ObjectStage has it.
  ObjectPlace(std::unique_ptr<ObjectStage> stage, const std::string& owner);
  ~ObjectPlace() override;

  Status open() override;
  Result<bool> exists(const std::string& path) override;
  Status keep(const std::string& path, std::string_view contents) override;
  Result<std::unique_ptr<UnfinishedFile>> create(Namer namer) override;
  Result<UnfinishedFile*> make_room() override;
  Result<std::string> prepare(const std::string& batch) override;
  Status commit(const PreparedBatch& batch) override;
  Status clear() override;
  void close() override;

 private:
  class Upload;

  const std::unique_ptr<ObjectStage> stage_;
  const std::string manifests_;                     // the folder of this owner's
  std::map<const ObjectWriter*, Upload*> uploads_;  // of the open batch
};

}  // namespace slotcast::stage::s3
