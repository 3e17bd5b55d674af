#pragma once

#include "connectors/stage/directory_place.h"
#include "connectors/stage/stage_sink.h"
#include "tests/contracts/sink_contract.h"
#include "tests/support/power_disk.h"

namespace slotcast::test {

// A clock whose wall time is a second later each time it is asked, so that file names sort.
class TickingClock final : public Clock {
 public:
  SteadyTime now() const override { return {}; }
  WallTime wall() const override { return WallTime(std::chrono::seconds(++ticks_)); }

 private:
  mutable std::int64_t ticks_ = 1'795'239'612;
};

// What accesses to a disk are counted and made to fail by, shared by all that is opened on it.
struct Accesses {
  std::size_t until_failure = SIZE_MAX;
  bool has_failed = false;
  std::size_t open_files = 0;
  std::size_t open_files_most = 0;

  Status next();
};

// What a manifest says of a file.
struct ManifestLine {
  std::string file;
  std::string schema_version;
  std::string crc32c;
  std::string batch;
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  std::uint64_t first_seq = 0;
  std::uint64_t last_seq = 0;
};

// A stage on a disk in memory, with the rows read back by a parser of its own.
class StageDisk final : public FarSide {
 public:
  StageDisk() : StageDisk(Image()) {}
  explicit StageDisk(const Image& image) : disk_(std::make_shared<PowerDisk>(image)) {}

  std::unique_ptr<sink::Sink> connect() override;
  std::unique_ptr<sink::Sink> connect(const std::string& pattern, const std::string& sink,
                                      Random& random, stage::Options options = {});
  Visible visible() override;
  std::size_t unfinished() override;
  bool fail_call(std::size_t call) override;
  bool has_failed() const override { return accesses_->has_failed; }

  PowerDisk& disk() { return *disk_; }
  const Accesses& accesses() const { return *accesses_; }
  // The final files' paths, sorted.
  std::vector<std::string> files() const;
  std::string text(const std::string& path) const;
  // Of all sinks; each line must be whole.
  std::vector<ManifestLine> manifest() const;
  // Every file that is there has its one line, with its size and checksum, and its columns.
  bool manifest_fits() const;

 private:
  const std::shared_ptr<PowerDisk> disk_;
  const std::shared_ptr<Accesses> accesses_ = std::make_shared<Accesses>();
  TickingClock clock_;
  SystemRandom random_;
};

}  // namespace slotcast::test
