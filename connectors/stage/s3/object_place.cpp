#include "connectors/stage/s3/object_place.h"

#include <algorithm>

namespace slotcast::stage::s3 {

// Its name is chosen at once: a part can only go up under a name.
class ObjectPlace::Upload final : public UnfinishedFile {
 public:
  Upload(ObjectStage& stage, ObjectWriter& writer, std::string path)
      : stage_(stage), writer_(writer), path_(std::move(path)) {}

  Status write(Bytes bytes) override {
    return stage_.append(writer_, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  Status release() override { return {}; }
  Result<Finished> finish() override {
    TRY(stage_.finish(writer_));
    return Finished{encode(writer_.prepared()), path_};
  }
  Status discard() override { return stage_.discard(writer_); }

 private:
  ObjectStage& stage_;
  ObjectWriter& writer_;
  const std::string path_;
};

ObjectPlace::ObjectPlace(std::unique_ptr<ObjectStage> stage, const std::string& owner)
    : stage_(std::move(stage)), manifests_("_manifest/" + owner + "/") {}

ObjectPlace::~ObjectPlace() = default;

Status ObjectPlace::open() {
  return stage_->open();
}

Result<bool> ObjectPlace::exists(const std::string& path) {
  return stage_->exists(path);
}

Status ObjectPlace::keep(const std::string& path, std::string_view contents) {
  TRY_ASSIGN(const bool there, stage_->exists(path));
  return there ? Status() : stage_->write(path, contents);
}

Result<std::unique_ptr<UnfinishedFile>> ObjectPlace::create(Namer namer) {
  TRY_ASSIGN(std::string path, namer());
  ObjectWriter& writer = stage_->start(path);
  auto upload = std::make_unique<Upload>(*stage_, writer, std::move(path));
  uploads_.emplace(&writer, upload.get());
  return std::unique_ptr<UnfinishedFile>(std::move(upload));
}

Result<UnfinishedFile*> ObjectPlace::make_room() {
  TRY_ASSIGN(const ObjectWriter* const surplus, stage_->make_room());
  return surplus == nullptr ? nullptr : uploads_.at(surplus);
}

Result<std::string> ObjectPlace::prepare(const std::string& batch) {
  uploads_.clear();
  stage_->forget();
  return stage_->identity() + " " + batch;
}

Status ObjectPlace::commit(const PreparedBatch& batch) {
  const std::size_t space = batch.place.find(' ');
  if (space == batch.place.npos || space + 1 == batch.place.size()) {
    return corrupt("the journal's token is not of a stage in a bucket");
  }
  if (batch.place.substr(0, space) != stage_->identity()) {
    return invalid(
        "a batch was prepared in another stage than this: an upload that is not here may not be "
        "taken for completed; correct the url, or the bucket");
  }
  for (const PreparedFile& file : batch.files) {
    TRY_ASSIGN(const PreparedObject object, decode_prepared(file.handle));
    TRY(stage_->commit(object));
  }
  return stage_->write(manifests_ + batch.place.substr(space + 1) + ".jsonl",
                       batch.manifest_lines());
}

Status ObjectPlace::clear() {
  uploads_.clear();
  return stage_->abort();
}

void ObjectPlace::close() {
  uploads_.clear();
  stage_->forget();
}

}  // namespace slotcast::stage::s3
