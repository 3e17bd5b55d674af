#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "lib/base/random.h"
#include "tests/support/image.h"

namespace slotcast::test {

// One call that changed a disk, or made changes of it durable.
struct Call {
  enum class Kind { Create, Write, Truncate, Rename, Remove, Make, Sync, FailedSync, SyncNames };
  static constexpr std::size_t kNone = SIZE_MAX;

  Kind kind = Kind::Write;
  std::size_t file = kNone;           // the inode: names change, it does not
  std::size_t replaced = kNone;       // Rename: the inode whose name was taken over
  std::string path = {};              // of all that have a name; Rename: the old one
  std::string to = {};                // Rename
  std::uint64_t offset = 0;           // Write
  std::vector<std::byte> bytes = {};  // Write
  std::uint64_t size_after = 0;       // of the file
};

// What a disk was told, and which states it may be in when the power fails after any prefix of it.
//
// Surely durable are: the writes that a later Sync of the same inode covers, and the names that a
// later SyncNames of their directory covers (of both directories, for a Rename across). Of all the
// rest any subset may be there, as POSIX allows and worse than ext4 does:
//   - a write is there, is not, or is torn: each of its sectors of 512 B or 4 KiB for itself;
//   - a truncate is there or not, and the size is any between the synced and the newest;
//   - a create, remove or rename is there or not. A rename is atomic: the file has the old name or
//     the new one, and a dropped one gives the file it replaced its name back. An operation that
//     takes a name which an earlier one made free is there only with that one.
// A file whose create is not there is gone, synced or not. After a FailedSync the writes that it
// should have covered are lost and no later Sync brings them back, as on Linux.
//
// Threads: one at a time; PowerDisk has the lock.
class PowerHistory {
 public:
  explicit PowerHistory(const Image& start);

  // The inodes of the start are numbered in the order of its paths; a Create has the next number.
  void record(Call call);
  std::size_t size() const { return calls_.size(); }
  const Call& at(std::size_t index) const { return calls_[index]; }

  // A state that may be found after the first `prefix` calls. With `ignore_syncs` as if no sync
  // had ever been.
  Image cut(std::size_t prefix, Random& random, bool ignore_syncs) const;

 private:
  // The file as it surely is right after one of its syncs. Not kept for every sync, for memory.
  struct Durable {
    std::size_t next = 0;  // index into FileHistory::calls
    PageBytes contents;
  };
  struct FileHistory {
    std::vector<std::size_t> calls;
    std::vector<Durable> durable;  // the first is the start
    std::size_t syncs = 0;
  };
  struct Chances;

  // Applies the calls [from.next, end) that syncs among them cover, and moves from.next behind
  // the last sync.
  void advance(const FileHistory& file, Durable& from, std::size_t end) const;
  PageBytes cut_file(const FileHistory& file, std::size_t prefix, const Chances& chances,
                     Random& random, bool ignore_syncs) const;
  void write_partly(PageBytes& contents, const Call& write, Random& random) const;
  std::vector<bool> choose_names(std::size_t prefix, const Chances& chances, Random& random,
                                 bool ignore_syncs) const;

  std::map<std::string, std::size_t> start_names_;
  std::set<std::string> start_directories_;
  std::vector<FileHistory> files_;  // by inode
  std::vector<std::size_t> name_calls_;
  std::vector<Call> calls_;
};

}  // namespace slotcast::test
