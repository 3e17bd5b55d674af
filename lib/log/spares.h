#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "lib/io/file.h"

// Files whose blocks exist already on the disk, ready to become segments: retired segments are kept
// for it, and while the log grows slowly one is filled with zeros ahead of time. Writing over
// existing blocks makes a sync two to ten times as fast, since the file system need not journal new
// extents.

namespace slotcast::log {

// Threads: any. Errors: those of io::File, Transient when the disk is full.
class Spares {
 public:
  Spares(io::Directory& directory, std::uint64_t segment_bytes, std::size_t count_max);

  // Forgets files an earlier process left and removes them. Called once, before the rest.
  Status clear();
  // A spare under the name it has now. When none is ready, an empty file of the full size: its
  // syncs are slower, but the writer need not wait for zeros.
  struct Spare {
    std::string name;
    std::shared_ptr<io::File> file;
  };
  Result<Spare> take();
  // Gives back one that could not be used.
  void put_back(Spare spare);
  // While one lives, a file is neither a segment nor ready: somebody turns the one into the other.
  // Whoever counts what is on the disk must not overlook it.
  class InHand {
   public:
    explicit InHand(Spares& spares);
    ~InHand();
    InHand(const InHand&) = delete;
    InHand& operator=(const InHand&) = delete;

   private:
    Spares& spares_;
  };
  // Waits until no file is in hand: as long as the disk needs to rename or to fill one.
  void settle();
  // What the files in hand will take from a writer that finds none ready.
  std::uint64_t in_hand_bytes() const;
  // Takes over the file of a retired segment, or removes it when there are enough. Durable.
  Status retire(const std::string& segment_name, std::shared_ptr<io::File> file);
  // The writer will need one before long: the next prepare() makes it, unless one is ready.
  void want() { wanted_ = true; }
  // `filled`: with zeros, so that its blocks exist; else as take() would make it.
  Status prepare(bool filled);
  std::uint64_t size_bytes() const;

 private:
  Result<Spare> make(bool filled);
  std::string next_name();

  io::Directory& directory_;
  const std::uint64_t segment_bytes_;
  const std::size_t count_max_;
  std::atomic<bool> wanted_{false};
  mutable std::mutex mutex_;
  std::condition_variable settled_;
  // Guarded by mutex_.
  std::vector<Spare> ready_;
  std::uint64_t names_ = 0;
  std::size_t in_hand_ = 0;
};

}  // namespace slotcast::log
