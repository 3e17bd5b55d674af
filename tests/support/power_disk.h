#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/base/random.h"
#include "lib/io/file.h"
#include "tests/support/image.h"

namespace slotcast::test {

// A disk in memory that loses power whenever a test likes. It keeps every call that changes it;
// cut() says what may be left if the power had failed after so many of them, by the rules in
// power_history.h. A test runs the code once and then looks at thousands of ends:
//
//     PowerDisk disk;
//     run(disk);
//     for (std::size_t calls = 0; calls <= disk.calls(); ++calls) {
//       PowerDisk after(disk.cut(calls, random));
//       check_recovery(after);
//     }
//
// The files it hands out stay usable after it is gone. A removed file lives while it is open.
// Threads: any.
class PowerDisk final : public io::Directory {
 public:
  PowerDisk();
  // Holds what the image holds, all of it durable.
  explicit PowerDisk(const Image& image);
  ~PowerDisk() override;

  Result<std::unique_ptr<io::File>> open(const std::string& path, io::OpenMode mode) override;
  Status rename(const std::string& from, const std::string& to, bool replace) override;
  Status remove(const std::string& path) override;
  Result<bool> exists(const std::string& path) override;
  Result<std::vector<io::DirectoryEntry>> list(const std::string& path) override;
  Status make(const std::string& path) override;
  Status sync(const std::string& path) override;

  // How many calls changed the disk so far, syncs included.
  std::size_t calls() const;
  // One of them for a message: "write log/12 4096+512".
  std::string describe(std::size_t call) const;
  // What may be left of a power cut after the first `calls` calls.
  Image cut(std::size_t calls, Random& random) const;
  // What is left of a kill: all of it.
  Image now() const;

  // Makes cut() take no notice of syncs: the code under test must then fail its test. On from the
  // start in a build with SLOTCAST_WITHOUT_SYNC.
  void ignore_syncs(bool ignore);
  // No file may grow by more than so many bytes, all together; overwriting needs no room.
  void inject_no_space(std::uint64_t after_bytes);
  void give_space();
  // The next sync, of a file or of a directory, fails, and what it should have covered is lost.
  void fail_next_sync();
  // Every call that changes the disk fails once there were `calls` of them, as in a process whose
  // disk is gone.
  void stop_after(std::size_t calls);

  // The state now; the path must exist for bytes().
  std::vector<std::string> files() const;
  std::vector<std::byte> bytes(const std::string& path) const;
  // Damage under a running program. The history does not know it: cut() does not show it.
  void flip(const std::string& path, std::uint64_t offset, int bit);
  void truncate(const std::string& path, std::uint64_t size_bytes);

 private:
  class State;
  class PowerFile;

  std::shared_ptr<State> state_;
};

}  // namespace slotcast::test
