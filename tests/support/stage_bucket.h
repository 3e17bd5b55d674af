#pragma once

#include <memory>
#include <set>

#include "connectors/stage/options.h"
#include "tests/contracts/sink_contract.h"
#include "tests/support/fault_proxy.h"
#include "tests/support/s3_server.h"
#include "tests/support/stage_disk.h"

namespace slotcast::test {

// A stage under a prefix of its own in the bucket of a server that all tests share. What is there
// is read from the server's disk, rows and manifest by a parser and a checksum of the test's own.
class StageBucket final : public FarSide {
 public:
  static constexpr std::size_t kBufferBytes = 128u << 20;

  // What a call that fails suffers.
  explicit StageBucket(Fault fault = Fault::SlowDown);
  ~StageBucket() override;

  std::unique_ptr<sink::Sink> connect() override { return connect(kBufferBytes); }
  std::unique_ptr<sink::Sink> connect(std::size_t buffer_bytes);
  Visible visible() override;
  std::size_t unfinished() override;
  bool fail_call(std::size_t call) override;
  bool has_failed() const override { return proxy_ && proxy_->is_done(); }

  S3Server& server() { return server_; }
  // A proxy that every later sink goes through.
  FaultProxy& proxy();
  // Where the stage begins in the bucket.
  const std::string& prefix() const { return prefix_; }

  // The names of the batches' objects of rows, relative to the stage, sorted.
  std::vector<std::string> files() const;
  std::string text(const std::string& path) const;
  // The names of the manifest's objects, in order.
  std::vector<std::string> manifest_objects() const;
  std::vector<ManifestLine> manifest() const;
  // Each line has its object with its size, checksum, rows and columns, and each object its line.
  // What a loader has `taken` away need not be there.
  bool manifest_fits(const std::set<std::string>& taken = {}) const;

 private:
  static S3Server& shared_server();
  std::vector<std::string> objects() const;

  S3Server& server_;
  const std::string prefix_;
  const Fault fault_;
  std::unique_ptr<FaultProxy> proxy_;
  TickingClock clock_;
  SystemRandom random_;
};

// CRC-32C, bit by bit.
std::uint32_t plain_crc32c(const std::string& bytes);

}  // namespace slotcast::test
