#pragma once

#include <memory>
#include <string>
#include <vector>

#include "connectors/stage/s3/object_stage.h"
#include "tests/support/fault_proxy.h"
#include "tests/support/s3_server.h"

namespace slotcast::test {

// s3://bucket/stage of a test, open, as one process has it, and requests of its own beside it.
class S3Stage {
 public:
  explicit S3Stage(const stage::s3::Settings& settings, const std::string& owner = "owner");

  stage::s3::ObjectStage* operator->() { return stage_.get(); }
  stage::s3::ObjectStage& operator*() { return *stage_; }

  stage::s3::Bucket& bucket() { return bucket_; }
  // Keys of unfinished uploads, in order: the first thousand that begin so.
  std::vector<std::string> unfinished(const std::string& prefix = "stage/");

 private:
  SystemClock clock_;
  SystemRandom random_;
  stage::s3::Http http_;
  stage::s3::CredentialKeeper credentials_;
  stage::s3::Bucket bucket_;
  std::unique_ptr<stage::s3::ObjectStage> stage_;
};

// Finishes them, in that order.
Result<std::vector<stage::s3::PreparedObject>> prepare(
    stage::s3::ObjectStage& stage, const std::vector<stage::s3::ObjectWriter*>& writers);

}  // namespace slotcast::test
