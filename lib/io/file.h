#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/result.h"

// The only door to the disk. Everything durable goes through these two interfaces, so that a test
// can record each call, cut the power after any of them, and look at what would be left.
//
// Errors: Transient for a full disk or quota (ENOSPC, EDQUOT): nothing was lost, try again when
//         there is room. Corrupt for EIO and a failed sync: what is on the disk is no longer known,
//         and the caller must not go on with this file. Invalid for the rest (permissions, a
//         missing directory): the operator must act.

namespace slotcast::io {

// An open file. It has no position of its own; every access names its offset.
// Threads: read_at, write_at and sync may run at the same time in different threads.
class File {
 public:
  virtual ~File() = default;

  // All of `bytes`, or an error; after an error any part of them may have been written.
  virtual Status write_at(std::uint64_t offset, Bytes bytes) = 0;

  // Up to `into.size()` bytes; fewer only at the end of the file.
  virtual Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) const = 0;

  // On success everything written before survives a power cut, the file's size included, but not
  // its name: that is Directory::sync. A failure is final: the kernel may have dropped the pages
  // and would answer "ok" the second time (Rebello et al., USENIX ATC 2020).
  virtual Status sync() = 0;

  // Asks for [offset, offset + size) to be written back soon, so that a later sync() has less to
  // wait for. Makes nothing durable, and cannot fail.
  virtual void start_write_back(std::uint64_t offset, std::uint64_t size_bytes) {
    (void)offset, (void)size_bytes;
  }

  virtual Result<std::uint64_t> size() const = 0;
  virtual Status truncate(std::uint64_t size_bytes) = 0;
};

enum class OpenMode {
  Read,       // must exist; reading only
  ReadWrite,  // must exist
  Create,     // must not exist; reading and writing
};

struct DirectoryEntry {
  std::string name;
  bool is_directory = false;
};

// A directory and what is below it. Paths are relative to it, with '/' between names; a path that
// leaves it (by "..", an absolute name or a symbolic link) is refused as Invalid.
// Threads: any.
class Directory {
 public:
  virtual ~Directory() = default;

  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;

  // Moves a file. With `replace` false an existing target is an Invalid error and stays as it is.
  // Durable after sync() of both directories.
  virtual Status rename(const std::string& from, const std::string& to, bool replace) = 0;

  // Removes a file; one that does not exist is fine.
  virtual Status remove(const std::string& path) = 0;

  // Whether `path` names something.
  virtual Result<bool> exists(const std::string& path) = 0;

  // The names in the directory `path` ("" is this one), sorted. A missing one is empty.
  virtual Result<std::vector<DirectoryEntry>> list(const std::string& path) = 0;

  // Makes the directory `path` with all its parents, durably; existing ones are fine.
  virtual Status make(const std::string& path) = 0;

  // On success the names in the directory `path` survive a power cut.
  virtual Status sync(const std::string& path) = 0;
};

// Ok for "" and for names with single '/' between them, none of them "." or "..", without zero
// bytes: what every Directory takes as a path. Invalid otherwise.
Status check_path(const std::string& path);
// Reads exactly `into.size()` bytes; Corrupt when the file ends before.
Status read_exactly_at(const File& file, std::uint64_t offset, std::span<std::byte> into);
// Writes zeros over [0, size): every block of the file then exists, and later syncs of what is
// written over them need no journal commit of the file system.
Status zero_fill(File& file, std::uint64_t size_bytes);
// "a/b" of "a/b/c"; "" of "c".
std::string parent_of(const std::string& path);

}  // namespace slotcast::io
